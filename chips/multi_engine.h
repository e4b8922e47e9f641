// Trainium, Inferentia, Gaudi: tensor, vector and scalar engines work a stream of tiles in a
// software- managed SRAM, each on its own queue; the slowest engine sets the pace.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no array extents, SRAM size, core count, memory or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeMultiEngineChip(const ChipSpec& spec);

}  // namespace tessera
