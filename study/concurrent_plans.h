// Several collectives at once on one fabric: what groups of ranks do to each other.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "collectives/collective.h"
#include "core/units.h"
#include "topology/topology.h"

namespace tessera {

// Starts all plans at time zero on an idle `topology`; the latest end over the ranks of each, in
// the order of `plans`. Links are shared max-min fairly (fabric/fabric.h). Costs the events of all
// schedules.
std::vector<Duration> ConcurrentTimes(const Topology& topology,
                                      absl::Span<const CollectivePlan> plans);

}  // namespace tessera
