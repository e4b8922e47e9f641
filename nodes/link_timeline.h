// How full tiers and their hottest links were over time.
#pragma once

#include <vector>

#include "nodes/simulation.h"
#include "nodes/traffic.h"
#include "topology/topology.h"

namespace tessera {

// For each of `tiers` its mean, then its three hottest links, over [0, makespan) in equal bins.
// An exchange is taken to move its bytes evenly from its begin to its end.
// O(transfers of all exchanges + runs * bins they touch).
std::vector<LinkTimeline> LinkTimelines(const Topology& topology,
                                        const std::vector<TierSummary>& tiers,
                                        const TrafficRecord& traffic, Duration makespan);

}  // namespace tessera
