// Cerebras: hundreds of thousands of small cores on a mesh over a whole wafer. Weights stay in the
// cores' SRAM; operands travel over the mesh, one hop a cycle, in and back out for every product.
// A layer whose weights exceed the wafer's SRAM streams them from outside.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"

namespace tessera {

// Errors: no clock, SRAM bandwidth, core count or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeWaferScaleChip(const ChipSpec& spec);

}  // namespace tessera
