#include "study/chip_breakdown.h"

#include "chips/fusion.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

ChainTotal TotalOf(const OperatorCost& cost) {
  return {.seconds = ToSeconds(cost.time),
          .memory_bytes = static_cast<double>(cost.memory_bytes.count()),
          .joules = cost.energy.value(),
          .limiter = LimiterName(cost.limiter)};
}

BreakdownRow RowOf(const Operator& op, const OperatorCost& cost) {
  return {.name = op.name,
          .seconds = ToSeconds(cost.time),
          .flops = cost.matrix_flops.value(),
          .memory_bytes = static_cast<double>(cost.memory_bytes.count()),
          .joules = cost.energy.value(),
          .limiter = LimiterName(cost.limiter)};
}

}  // namespace

absl::StatusOr<ChipBreakdown> BreakdownOf(const ChipModel& chip, const ModelSpec& model,
                                          const ShardShape& shape) {
  std::vector<Operator> chain = AttentionForward(model, shape);
  for (const Operator& op : MlpForward(model, shape)) chain.push_back(op);
  TESSERA_ASSIGN_OR_RETURN(const ChainCost cost, CostOfChain(chip, chain, {}));
  ChipBreakdown breakdown;
  for (size_t i = 0; i < chain.size(); ++i) {
    breakdown.rows.push_back(RowOf(chain[i], cost.operators[i]));
    if (i < cost.edges.size()) breakdown.rows.back().fused_with_next = cost.edges[i].fits;
  }
  breakdown.unfused = TotalOf(cost.unfused);
  breakdown.fused = TotalOf(cost.fused);
  return breakdown;
}

}  // namespace tessera
