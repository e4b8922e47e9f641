#include "chips/static_schedule.h"

#include <algorithm>
#include <cmath>

#include "chips/array_chip.h"
#include "chips/operator_work.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// A plane of 320 x 320 weights loads in 40 cycles (Groq ISCA 2020: 409,600 weights in under 40).
constexpr double kLeastStream = 40;

class StaticScheduleChip final : public KernelChip {
 public:
  explicit StaticScheduleChip(const ChipSpec& spec)
      : KernelChip(spec), rates_(ArrayRatesOf(spec, kLeastStream)) {}

 private:
  KernelTime Kernel(const Operator& op, const ChipUse& use) const override;

  ArrayRates rates_;
};

double MatrixTime(const Operator& op, const OperatorWork& work, const ArrayRates& rates) {
  const double cycle = rates.cycle[static_cast<size_t>(op.compute)];
  if (op.kind == OperatorKind::kGemm) {
    const auto groups = static_cast<double>(op.groups);
    return cycle *
           WeightStationaryCycles(rates.arrays, {.m = static_cast<double>(GemmRows(op)) / groups,
                                                 .n = static_cast<double>(op.n),
                                                 .k = static_cast<double>(op.k),
                                                 .groups = groups});
  }
  // Attention has no resident operand: keys and values stream as weights do.
  return cycle * work.matrix_flops /
         (2 * rates.arrays.rows * rates.arrays.columns * rates.arrays.count);
}

// Streams, planes and vector units run in lockstep: the longest stream decides.
KernelTime StaticScheduleChip::Kernel(const Operator& op, const ChipUse& use) const {
  const ArrayRates rates = use.cores() < 1 ? ShareOf(rates_, use.cores()) : rates_;
  const OperatorWork work = WorkOf(op);
  KernelTime time;
  if (work.matrix_flops > 0) time.matrix = MatrixTime(op, work, rates);
  time.vector =
      work.vector_flops / rates.vector_flops + work.exponentials / rates.special_functions;
  time.memory_bytes = work.stationary_bytes + work.moving_bytes;
  time.memory = time.memory_bytes / rates.read_bandwidth;
  time.fixed = rates.prologue;
  time.total = time.fixed + std::max({time.matrix, time.vector, time.memory});
  return time;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChipModel>> MakeStaticScheduleChip(const ChipSpec& spec) {
  TESSERA_RETURN_IF_ERROR(CheckCommonFigures(spec));
  TESSERA_RETURN_IF_ERROR(CheckArrayFigures(spec));
  return std::make_unique<StaticScheduleChip>(spec);
}

double StaticPlanTime(const VaryingWork& work) {
  return work.total / work.units / work.mean_over_most;
}

double DynamicPlanTime(const VaryingWork& work, double quantum, double overhead) {
  return work.total / work.units * (1 + overhead / quantum) + quantum;
}

double BestQuantum(const VaryingWork& work, double overhead) {
  return std::sqrt(work.total * overhead / work.units);
}

}  // namespace tessera
