// The networks of a machine as the `fabric` block of a scenario asks for them: which way traffic
// between nodes takes, and the model of each tier.
//
// Simplification: an exchange that leaves its node is of the scale-out tier whole, its part inside
// nodes included, except that of packets (fabric/packet_fabric.h).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "configs/job_spec.h"
#include "core/units.h"
#include "nodes/fabric_domain.h"
#include "topology/build.h"
#include "topology/topology.h"

namespace tessera {

MachineRouting RoutingOf(const FabricSpec& fabric);

// Whether chips may hear of ends early and tell of beginnings late (ExecutionSetup). Packets end
// when they do; where traffic is spread, a transfer ends with the slowest of several ways; where
// links fail, it may take another way.
bool HasLookahead(const ScenarioSpec& scenario, const Topology& topology);

// `topology` outlives the maker; its routes are those of RoutingOf. Errors: packets between nodes
// of a machine whose forwarding tables would not fit into memory; buffers that hold no packet; as
// of LinkFaultsOf.
absl::StatusOr<FabricMaker> FabricMakerOf(const ScenarioSpec& scenario, const Topology& topology);

// Error: with an analytic tier, a link has carried more than it can in `makespan`: that model holds
// each exchange to its links, not several at once. `bytes` of each link.
absl::Status CheckAnalyticLoad(const FabricSpec& fabric, const Topology& topology,
                               absl::Span<const Bytes> bytes, Duration makespan);

}  // namespace tessera
