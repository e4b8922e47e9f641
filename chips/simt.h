// SIMT chips with tensor units: NVIDIA, AMD and Intel GPUs. Work is cut into thread blocks (tiles)
// that fill the cores in waves; the matrix unit throttles under the power limit; main memory gives
// its achieved bandwidth once enough cores draw from it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no main memory, core count, clock or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeSimtChip(const ChipSpec& spec);

}  // namespace tessera
