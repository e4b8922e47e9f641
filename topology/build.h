// From the description of a system to its graph.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "configs/system_spec.h"
#include "topology/spread.h"
#include "topology/topology.h"

namespace tessera {

// How traffic between nodes finds its way.
struct MachineRouting {
  // Which spine: by the port of the destination, by hash for each queue pair, or all alike.
  SpreadRule spread = {};
  // Traffic to another rail first goes to the chip of that rail in its own node, over the scale-up
  // domain (PXN), not over the spines.
  bool cross_rail_forwarding = false;
};

// The graph of `nodes` whole nodes, of which a job uses the first `chips` chips: links inside a
// node as in topology/scale_up.h, the network between nodes as in topology/scale_out.h (left out
// for one node). Routes: inside a node by dimension order on rings, lines, meshes and tori, else by
// fewest hops; between nodes from the chip to its NIC, its leaf, the destination's leaf (over the
// spine numbered by the destination's port modulo the spines, when the leaves differ), NIC and
// chip; `routing` may choose otherwise. Chips with an `inside` are then their dies and tiles
// (topology/expand.h), and topology->chips() counts those that ranks lie on. Errors: as of
// PlanScaleUp and AddScaleOut; counts that are not positive or do not match.
absl::StatusOr<std::unique_ptr<Topology>> BuildTopology(const SystemSpec& system, int nodes,
                                                        int chips,
                                                        const MachineRouting& routing = {});

}  // namespace tessera
