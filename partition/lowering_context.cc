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

std::vector<Operator> LoweringContext::Launched(absl::Span<const Operator> operators) const {
  std::vector<Operator> launched;
  for (const Operator& op : operators) {
    launched.push_back(op);
    if (op.kind != OperatorKind::kVector || facts.kernels_per_pass == 1) continue;
    Operator more = op;
    more.read = more.written = Bytes(0);
    more.vector_flops = Flops(0);
    more.count = op.count * (facts.kernels_per_pass - 1);
    launched.push_back(more);
  }
  return launched;
}

LaunchMode LoweringContext::Launch() const {
  const bool graphs = scenario.system.chips_per_node > facts.most_chips_without_graphs;
  const bool issues =
      facts.issues_prefill && !graphs && std::holds_alternative<InferenceJob>(scenario.job);
  return issues ? LaunchMode::kFramework : facts.launch;
}

absl::StatusOr<Work> LoweringContext::Cost(absl::Span<const Operator> operators,
                                           double share) const {
  const ChipUse use{.launch = Launch(),
                    .compute_share = share,
                    .chip_share = 1.0 / scenario.system.ranks_per_chip,
                    .sustained = true};
  const MatrixFraction fraction = FractionOf(chip.spec(), facts);
  std::vector<Operator> as_run = Launched(operators);
  if (facts.vector_traffic == 1) return CostOf(as_run, chip, use, fraction);
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

double LoweringContext::StretchBeside(int cores) const {
  const int all = chip.spec().core_count;
  return all > cores ? static_cast<double>(all) / (all - cores) : 1;
}

}  // namespace tessera
