// From networks of foreign files to graphs.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "configs/formats/network_description.h"
#include "topology/topology.h"

namespace tessera {

// Routes take the fewest hops. Links inside a node are of the scale-up tier, the others scale-out.
// Errors: no chips; a chip that cannot reach another, by name.
absl::StatusOr<std::unique_ptr<Topology>> ImportTopology(const NetworkDescription& network);

}  // namespace tessera
