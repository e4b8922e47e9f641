// Executes programs on paper: every communication takes what CommunicationEstimate says, alone on
// its links, and starts when its rank is ready. One rank a program stands for all that share it.
// What the event simulation must give where nothing contends; what plans are first ranked by.
#pragma once

#include "core/units.h"
#include "partition/communication_estimate.h"
#include "partition/partition.h"

namespace tessera {

struct UncontendedTime {
  Duration makespan{};
  // Of the rank that ends last.
  Duration compute{};
  Duration exposed_communication{};
  Duration waiting{};  // For messages.
};

// Programs as Lower makes them. O(instructions of all programs).
UncontendedTime ExecuteUncontended(const LoweredJob& job, const RankMap& map,
                                   const CommunicationEstimate& estimate);

}  // namespace tessera
