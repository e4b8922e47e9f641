#include "partition/work.h"

#include <algorithm>

#include "core/status_macros.h"

namespace tessera {
namespace {

void AddTo(ClassWork& sum, const ClassWork& part) {
  sum.time += part.time;
  sum.matrix_flops += part.matrix_flops;
  sum.memory_bytes += part.memory_bytes;
  sum.loads += part.loads;
}

// Of the time of one product by `chip`: what its weights take beyond everything else.
Duration LoadsOf(const Operator& op, const OperatorCost& cost, Duration matrix) {
  if (op.kind != OperatorKind::kGemm || cost.memory_bytes == Bytes(0)) return {};
  const Bytes weights = StorageBytes(op.weights, op.groups * op.k * op.n) * op.count;
  const double share =
      static_cast<double>(weights.count()) / static_cast<double>(cost.memory_bytes.count());
  const Duration alone = cost.overhead + std::max(matrix, cost.vector_time);
  return std::clamp(cost.time - alone, Duration{},
                    CeilSeconds(ToSeconds(cost.memory_time) * std::min(1.0, share)));
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
    part.loads *= count;
  }
  return work;
}

Work Work::LoadsWithin(Duration room) const {
  Duration total{};
  for (const ClassWork& part : by_class) total += part.loads;
  Work work;
  if (total == Duration{}) return work;
  const double fits = std::min(1.0, ToSeconds(room) / ToSeconds(total));
  for (size_t c = 0; c < by_class.size(); ++c) {
    const ClassWork& part = by_class[c];
    if (part.loads == Duration{}) continue;
    ClassWork& ahead = work.by_class[c];
    ahead.time = std::min(part.loads, CeilSeconds(ToSeconds(part.loads) * fits));
    ahead.loads = ahead.time;
    ahead.memory_bytes =
        Bytes(static_cast<int64_t>(static_cast<double>(part.memory_bytes.count()) *
                                   (ToSeconds(ahead.time) / ToSeconds(part.time))));
  }
  return work;
}

Work Work::Without(const Work& part) const {
  Work work = *this;
  for (size_t c = 0; c < by_class.size(); ++c) {
    work.by_class[c].time -= part.by_class[c].time;
    work.by_class[c].matrix_flops -= part.by_class[c].matrix_flops;
    work.by_class[c].memory_bytes = work.by_class[c].memory_bytes - part.by_class[c].memory_bytes;
    work.by_class[c].loads -= part.by_class[c].loads;
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
           .memory_bytes = cost.memory_bytes,
           .loads = LoadsOf(op, cost, matrix)});
  }
  return work;
}

}  // namespace tessera
