// Sums of a run that people read: where the time went, how full the links were.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "nodes/chip_process.h"
#include "nodes/simulation.h"
#include "topology/topology.h"

namespace tessera {

// Of the average rank. The parts are rounded so that they sum to the makespan exactly.
TimeBreakdown AverageTime(absl::Span<const RankTime> ranks, Duration makespan);

// Tiers that the topology has, nearest first. `bytes` of every link over `makespan` > 0.
std::vector<TierSummary> SummariseTiers(const Topology& topology, absl::Span<const Bytes> bytes,
                                        Duration makespan);

}  // namespace tessera
