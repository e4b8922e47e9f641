// Replays cases of csg-htsim on the packet network of fabric/packet.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/formats/oracles.h"

namespace tessera {

// In microseconds: when the last source knows that its flow is over, then the same of each flow (of
// a ring, only the first). Errors: a network that the packet model refuses; flows that never end.
absl::StatusOr<std::vector<double>> RunPackets(const PacketOracle& oracle);

}  // namespace tessera
