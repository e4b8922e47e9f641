// The message about ranks that wait for one another for ever.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"

namespace tessera {

// Why one rank cannot go on.
struct RankWait {
  int rank = 0;
  std::string what;              // "a message from rank 3 (tag 7)"
  std::vector<int> waits_for{};  // Ranks that could let it go on.
};

// Says how many of `ranks` wait since when, what the first eight of them wait for, and a cycle they
// wait in; without a cycle, the rank that has ended without doing what others wait for.
// Precondition: `waits` is not empty and sorted by rank.
std::string DescribeDeadlock(absl::Span<const RankWait> waits, int ranks, Time now);

}  // namespace tessera
