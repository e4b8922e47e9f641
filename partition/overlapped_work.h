// Work that runs while a communication kernel holds some of the chip's cores.
#pragma once

#include <vector>

#include "partition/lowering_context.h"

namespace tessera {

// A stretch of operators, with the chip to itself and beside a communication kernel.
struct SharedWork {
  Work alone;
  Work beside;

  // Under a communication that takes `communication` by itself: until it ends work proceeds at the
  // rate of `beside`, then at that of `alone`.
  Work Under(Duration communication) const;
};

absl::StatusOr<SharedWork> SharedCost(const LoweringContext& context,
                                      absl::Span<const Operator> operators);

}  // namespace tessera
