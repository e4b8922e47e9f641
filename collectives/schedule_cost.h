// The cost of a schedule read off its transfers.
#pragma once

#include "absl/types/span.h"
#include "collectives/algorithm.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

// See CostOf. Time linear in transfers and predecessors.
AlgorithmCost CostOfSchedule(const Schedule& schedule, const AlgorithmInput& input);

// Seconds for which the busiest scale-up link is busy with all transfers of a schedule whose
// endpoints are these vertices. Time: transfers times hops.
double BusiestScaleUpLinkSeconds(const Schedule& schedule, absl::Span<const VertexId> endpoints,
                                 const Topology& topology);

}  // namespace tessera
