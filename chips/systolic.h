// TPUs: systolic arrays with stationary weights, a vector core, a software-managed scratchpad, and
// a compiler that schedules all of it ahead of time.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no array extents, SRAM size, core count, memory or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeSystolicChip(const ChipSpec& spec);

}  // namespace tessera
