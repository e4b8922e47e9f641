// From the description of a system to its graph.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "configs/system_spec.h"
#include "topology/topology.h"

namespace tessera {

// The graph of `nodes` whole nodes, of which a job uses the first `chips` chips: links inside a
// node as in topology/scale_up.h, the network between nodes as in topology/scale_out.h (left out
// for one node). Routes: inside a node by dimension order on rings, lines, meshes and tori, else by
// fewest hops; between nodes from the chip to its NIC, its leaf, the destination's leaf (over the
// spine numbered by the destination's port modulo the spines, when the leaves differ), NIC and
// chip. Errors: as of PlanScaleUp and AddScaleOut; counts that are not positive or do not match.
absl::StatusOr<std::unique_ptr<Topology>> BuildTopology(const SystemSpec& system, int nodes,
                                                        int chips);

}  // namespace tessera
