#include "partition/lowering_context.h"

namespace tessera {
namespace {

Bytes Scaled(Bytes bytes, double factor) {
  return Bytes(static_cast<int64_t>(static_cast<double>(bytes.count()) * factor));
}

// TPUs have one compiler, so the chip's sustained rate says it all.
MatrixFraction FractionOf(const ChipSpec& chip, const FrameworkFacts& facts) {
  if (chip.style != ExecutionStyle::kSystolic) {
    return {facts.matrix_fraction, facts.matrix_fraction_narrow};
  }
  const OverheadSpec overhead = chip.overhead.value_or(OverheadSpec{});
  return {overhead.sustained_clock, overhead.sustained_clock_narrow};
}

}  // namespace

absl::StatusOr<Work> LoweringContext::Cost(absl::Span<const Operator> operators,
                                           double share) const {
  const ChipUse use{.launch = facts.launch,
                    .compute_share = share / scenario.system.ranks_per_chip,
                    .sustained = true};
  const MatrixFraction fraction = FractionOf(chip.spec(), facts);
  if (facts.vector_traffic == 1) return CostOf(operators, chip, use, fraction);
  std::vector<Operator> as_run(operators.begin(), operators.end());
  for (Operator& op : as_run) {
    // Norms, residuals and the optimizer are fused kernels everywhere.
    if (op.kind != OperatorKind::kVector || op.category == OperatorClass::kOptimizer ||
        op.category == OperatorClass::kNorm) {
      continue;
    }
    op.read = Scaled(op.read, facts.vector_traffic);
    op.written = Scaled(op.written, facts.vector_traffic);
  }
  return CostOf(as_run, chip, use, fraction);
}

}  // namespace tessera
