// Replays cases of BookSim2 on the network on chip of fabric/noc.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/formats/oracles.h"
#include "fabric/noc/latency_load.h"

namespace tessera {

// The network, traffic and protocol that a BookSim2 configuration describes. Keys that are missing
// have BookSim2's defaults. Errors: Unimplemented for keys and values that the network on chip does
// not know, with those that it does.
struct NocCase {
  NocLoad load;  // Without load and seed.
  NocProtocol protocol;
};
absl::StatusOr<NocCase> NocCaseOf(const NocOracle& oracle);

// Latencies at the loads of the case, each a mean over its seeds, then the load of saturation as a
// mean over the seeds of the first load. A load at which the network does not settle is answered by
// infinity.
absl::StatusOr<std::vector<double>> RunNoc(const NocOracle& oracle);

}  // namespace tessera
