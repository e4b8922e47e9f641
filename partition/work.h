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
};

struct Work {
  std::array<ClassWork, kOperatorClassCount> by_class{};

  Duration Total() const;
  void Add(const Work& other);
  // Everything under one class: what recomputation repeats.
  Work As(OperatorClass category) const;
  // As long as `count` of these one after the other.
  Work Times(int64_t count) const;
};

// `matrix_fraction`: rate of the matrix unit over what `chip` says; kernels that something else
// limits take no longer.
absl::StatusOr<Work> CostOf(absl::Span<const Operator> operators, const ChipModel& chip,
                            const ChipUse& use, double matrix_fraction = 1);

}  // namespace tessera
