#include "partition/work.h"

#include <algorithm>

#include "core/status_macros.h"

namespace tessera {
namespace {

void AddTo(ClassWork& sum, const ClassWork& part) {
  sum.time += part.time;
  sum.matrix_flops += part.matrix_flops;
  sum.memory_bytes += part.memory_bytes;
}

}  // namespace

Duration Work::Total() const {
  Duration total{};
  for (const ClassWork& part : by_class) total += part.time;
  return total;
}

void Work::Add(const Work& other) {
  for (size_t c = 0; c < by_class.size(); ++c) AddTo(by_class[c], other.by_class[c]);
}

Work Work::As(OperatorClass category) const {
  Work work;
  for (const ClassWork& part : by_class) AddTo(work.by_class[static_cast<size_t>(category)], part);
  return work;
}

Work Work::Times(int64_t count) const {
  Work work = *this;
  for (ClassWork& part : work.by_class) {
    part.time *= count;
    part.matrix_flops *= static_cast<double>(count);
    part.memory_bytes = part.memory_bytes * count;
  }
  return work;
}

absl::StatusOr<Work> CostOf(absl::Span<const Operator> operators, const ChipModel& chip,
                            const ChipUse& use, const MatrixFraction& fraction) {
  Work work;
  for (const Operator& op : operators) {
    TESSERA_ASSIGN_OR_RETURN(const OperatorCost cost, chip.Cost(op, use));
    const double share = StorageBits(op.compute) < 16 ? fraction.narrow : fraction.wide;
    const Duration matrix = CeilSeconds(ToSeconds(cost.matrix_time) / share);
    AddTo(work.by_class[static_cast<size_t>(op.category)],
          {.time = std::max(cost.time, cost.overhead + matrix),
           .matrix_flops = cost.matrix_flops.value(),
           .memory_bytes = cost.memory_bytes});
  }
  return work;
}

}  // namespace tessera
