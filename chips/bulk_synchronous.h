// Graphcore: tiles with private SRAM compute, then all exchange, then all synchronise. An operator
// is one or more such supersteps; the slowest tile sets each.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chips/chip_model.h"

namespace tessera {

// One superstep (Valiant 1990): the most work of a tile, the most bytes that a tile sends or
// receives at `seconds_per_byte`, and the barrier.
struct Superstep {
  absl::Span<const double> work;      // Seconds by tile.
  absl::Span<const double> sent;      // Bytes by tile.
  absl::Span<const double> received;  // Bytes by tile.
  double seconds_per_byte = 0;
  double barrier = 0;
};
double SuperstepTime(const Superstep& step);

// Errors: no SRAM size, exchange bandwidth, core count, clock or overhead block in `spec`.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeBulkSynchronousChip(const ChipSpec& spec);

}  // namespace tessera
