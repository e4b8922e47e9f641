// The links inside one node (scale-up domain), in the node's own numbering: chips 0..chips-1, then
// the switch if there is one. Every node of a system is alike, so this is worked out once.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/system_spec.h"
#include "core/units.h"

namespace tessera {

struct ScaleUpCable {
  int a = 0;
  int b = 0;
  Bandwidth bandwidth;  // Payload, each direction.
  Duration latency_to_b;
  Duration latency_to_a;
};

struct ScaleUpPlan {
  std::vector<ScaleUpCable> cables;
  bool has_switch = false;
  std::vector<int> extents;  // Of a ring, line, mesh or torus, for dimension-order routes.
  bool wraps = false;
};

// Payload bandwidth of one cable = (rate of the links between two neighbours) * efficiency.
// Rate: the system's scale_up_bandwidth over the most neighbours that a chip has; without it, the
// rate of one link times as many links as go to each neighbour (links_per_chip / ports). A torus
// dimension of two chips is one cable (no second way round). Efficiency: LinkSpec's
// payload_efficiency, else the chip's achieved_fraction, else 1.
// Latency of a chip-to-chip cable: the link's `latency`; through a switch half of it each way, plus
// `switch_latency` on the way in.
// Errors: a rate or latency that is needed and unknown; a shape that does not match chips_per_node;
// a hybrid cube mesh of other than 8 chips, a pair of other than 2.
absl::StatusOr<ScaleUpPlan> PlanScaleUp(const SystemSpec& system);

}  // namespace tessera
