// A chunk of a collective in ASTRA-sim's system layer: the phases that it goes through, each an
// algorithm over the ranks of one logical dimension. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "configs/formats/astra.h"

namespace tessera {

// The ranks of a logical dimension in a circle, seen from one of them.
struct AstraRing {
  int size = 0;
  int index = 0;                              // Own place.
  int first = 0;                              // Member i is rank first + i * stride, ...
  int stride = 1;                             //
  const std::vector<int>* members = nullptr;  // ... or this one's i-th.

  int RankAt(int i) const {
    return members != nullptr ? (*members)[static_cast<size_t>(i)] : first + i * stride;
  }
};

// One logical dimension of a collective.
struct AstraLevel {
  AstraImplementation implementation;
  AstraRing ring;
};

struct AstraGroupRank {
  int group = 0;
  int rank = 0;
};

// The logical dimensions in which `rank` takes part, of a collective over all ranks. A flat
// implementation ends the list.
std::vector<AstraLevel> AstraLevels(const AstraNetwork& network,
                                    const std::vector<AstraImplementation>& implementations,
                                    int rank);
// Of a group smaller than the machine: one ring in its order; with the algorithm of dimension 0 if
// the machine has just one, else ring.
std::vector<AstraLevel> AstraGroupLevels(const std::vector<int>& members,
                                         const std::vector<AstraImplementation>& implementations,
                                         int rank);

// Of a collective `op` of `rank` in `group` (0: all ranks).
std::vector<AstraLevel> AstraLevelsOf(const AstraNetwork& network, const AstraSystem& system,
                                      const AstraGroups& groups, AstraGroupRank place,
                                      AstraCollective op);

enum class AstraQueueHalf : uint8_t { kAny, kFirst, kLast };

struct AstraPhase {
  size_t level = 0;
  AstraCollective op = AstraCollective::kAllReduce;
  uint64_t bytes = 0;  // That the phase starts from.
  AstraQueueHalf queues = AstraQueueHalf::kAny;
};

// What a chunk of `bytes` goes through: every level with more than one rank that is involved, in
// ascending order (an all-gather: descending). An all-reduce by parts is a reduce-scatter up to the
// last but one, an all-reduce there, and an all-gather back. `involved` empty: all.
std::vector<AstraPhase> AstraPhases(const std::vector<AstraLevel>& levels, AstraCollective op,
                                    uint64_t bytes, const std::vector<bool>& involved,
                                    bool all_reduce_by_parts);

// size / splits, all equal; at least one byte a rank except of an all-gather.
struct AstraChunks {
  uint64_t bytes = 0;
  uint64_t count = 0;
};
AstraChunks AstraChunksOf(uint64_t bytes, AstraCollective op, int64_t splits, int npus);

// Can a level run its algorithm? Halving-doubling and double binary trees need a power of two,
// trees not the ranks of a group, halving-doubling no all-to-all. Trees all-reduce whatever is
// asked for.
absl::Status CheckAstraLevel(const AstraLevel& level, AstraCollective op);

}  // namespace tessera
