// One pass of a reduce-scatter or all-gather along one dimension of a grid: which position sends
// which group of data to which neighbour, step by step. Group g belongs to position g.
#pragma once

#include <vector>

namespace tessera {

enum class PassKind {
  kRing,      // All the way round in one direction: n - 1 steps.
  kHalfRing,  // Half way round in both directions, ceil((n - 1) / 2) steps.
  kLine,      // To both ends: n - 1 steps.
};

struct PassMove {
  int step = 0;
  int from = 0;
  int to = 0;
  int group = 0;
};

// In the order of steps. `direction` (+1 or -1) is that of kRing.
// Reduction: every group runs from the farthest positions to its owner, each position adding its
// part; the group with the longest way starts first. Gathering: every position sends its own group
// first and then passes on what it receives.
std::vector<PassMove> ReducePass(PassKind kind, int n, int direction);
std::vector<PassMove> GatherPass(PassKind kind, int n, int direction);

}  // namespace tessera
