// Replays oracle cases through the rooms that model what they hold.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/formats/oracles.h"

namespace tessera {

// A prediction for each point of the case, in order and unit of the points. Error: Unimplemented
// for schemas that no room can run yet.
absl::StatusOr<std::vector<double>> RunOracle(const OracleCase& c);

}  // namespace tessera
