// Costs of operators on one chip, summed by class: what a stretch of computation between two
// communication points becomes.
#pragma once

#include <array>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chips/chip_model.h"
#include "core/units.h"
#include "workload/operator.h"

namespace tessera {

struct ClassWork {
  Duration time{};
  double matrix_flops = 0;
  Bytes memory_bytes;
  // Of `time`: what is over earlier where the weights are on the chip before the work begins.
  Duration loads{};
};

struct Work {
  std::array<ClassWork, kOperatorClassCount> by_class{};

  Duration Total() const;
  void Add(const Work& other);
  // Everything under one class: what recomputation repeats.
  Work As(OperatorClass category) const;
  // As long as `count` of these one after the other.
  Work Times(int64_t count) const;
  // Loads of weights, up to `room`, as work of their own; and what they leave.
  Work LoadsWithin(Duration room) const;
  Work Without(const Work& part) const;
};

// Rate of the matrix unit over what the chip says, for formats of 16 bits and more, and for
// narrower ones; kernels that something else limits take no longer.
struct MatrixFraction {
  double wide = 1;
  double narrow = 1;
};
absl::StatusOr<Work> CostOf(absl::Span<const Operator> operators, const ChipModel& chip,
                            const ChipUse& use, const MatrixFraction& fraction);

}  // namespace tessera
