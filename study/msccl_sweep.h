// Times of an imported MSCCL algorithm on a system, alone and without software costs.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "collectives/msccl.h"
#include "configs/system_spec.h"
#include "core/units.h"

namespace tessera {

struct MscclTime {
  Bytes bytes;
  Duration time{};
};

// For sizes from 1 KiB to 1 GiB, each 32 times the one before; the ranks are the first chips.
// Errors: of BuildTopology.
absl::StatusOr<std::vector<MscclTime>> TimeMsccl(const MscclAlgorithm& algorithm,
                                                 const SystemSpec& system);

}  // namespace tessera
