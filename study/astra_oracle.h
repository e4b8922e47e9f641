// Replays a case of ASTRA-sim in parity mode.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/formats/oracles.h"

namespace tessera {

// The figures of all points, in their order. Errors: unreadable traces, and of RunAstraParity.
absl::StatusOr<std::vector<double>> RunAstraOracle(const OracleCase& c);

}  // namespace tessera
