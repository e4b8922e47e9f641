// SambaNova: operators are mapped side by side onto a grid of compute and memory units as one fused
// section, so that activations pass from unit to unit and only weights, caches and the section's
// ends cross the main memory. Switching sections costs time.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no SRAM size, core count, memory or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeReconfigurableChip(const ChipSpec& spec);

}  // namespace tessera
