#include <algorithm>

#include "workload/mlp_core.h"
#include "workload/residual.h"

namespace tessera {
namespace {

constexpr OperatorClass kRouter = OperatorClass::kRouter;

// The router's logits are fp32; every choice of k experts reads them once.
constexpr double kLogitBytes = 4;

GemmShape RouterShape(const ModelSpec& model, const ShardShape& shape) {
  return {.m = LocalShapeOf(model, shape).norm_rows, .n = model.moe->experts, .k = model.hidden};
}

MlpCore SharedCore(const ModelSpec& model, const ShardShape& shape) {
  const int64_t width = int64_t{model.moe->shared_experts} * model.moe->shared_expert_ffn;
  return {.category = OperatorClass::kMlp,
          .rows = LocalShapeOf(model, shape).rows,
          .hidden = model.hidden,
          .width = CeilDiv(width, shape.tensor),
          .gated = model.gated_ffn};
}

MlpCore ExpertCore(const ModelSpec& model, const std::vector<int64_t>& rows, int expert_tensor) {
  MlpCore core{.category = OperatorClass::kExpert,
               .hidden = model.hidden,
               .width = CeilDiv(model.moe->expert_ffn, expert_tensor),
               .gated = model.gated_ffn,
               .groups = 0};
  for (const int64_t r : rows) {
    core.rows = std::max(core.rows, r);
    core.total_rows += r;
    core.groups += r > 0 ? 1 : 0;
  }
  return core;
}

// Tokens are laid out by expert before, and weighted and summed per token after, the experts.
void AppendPermutation(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const int64_t elements = LocalShapeOf(model, shape).norm_rows * model.hidden;
  const double copies = model.moe->experts_per_token;
  if (shape.training) list.Pass({kRouter, "permute"}, elements, copies, copies);
  list.Pass({kRouter, "combine_sum"}, elements, copies, 1);
}

}  // namespace

std::vector<Operator> RouterForward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  const GemmShape router = RouterShape(model, shape);
  AppendNorm(model, shape, list);
  list.WideGemm({kRouter, "router"}, router);
  list.BytePass({kRouter, "top_k"}, router.m * router.n, kLogitBytes, 0);
  const MlpCore shared = SharedCore(model, shape);
  if (shared.width > 0) AppendMlpCore(shared, list);
  AppendPermutation(model, shape, list);
  AppendResidual(model, shape, list);
  return list.Take();
}

std::vector<Operator> RouterBackward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  const GemmShape router = RouterShape(model, shape);
  AppendResidualBackward(model, shape, list);
  AppendPermutation(model, shape, list);
  const MlpCore shared = SharedCore(model, shape);
  if (shared.width > 0) AppendMlpCoreBackward(shared, list);
  list.BytePass({kRouter, "top_k_backward"}, router.m * router.n, kLogitBytes, kLogitBytes);
  list.WideGemmBackward({kRouter, "router"}, router);
  AppendNormBackward(model, shape, list);
  return list.Take();
}

std::vector<Operator> ExpertsForward(const ModelSpec& model, const PrecisionPlan& precision,
                                     const std::vector<int64_t>& rows, int expert_tensor) {
  OperatorList list(precision, /*training=*/false);
  const MlpCore core = ExpertCore(model, rows, expert_tensor);
  if (core.groups > 0) AppendMlpCore(core, list);
  return list.Take();
}

std::vector<Operator> ExpertsBackward(const ModelSpec& model, const PrecisionPlan& precision,
                                      const std::vector<int64_t>& rows, int expert_tensor) {
  OperatorList list(precision, /*training=*/true);
  const MlpCore core = ExpertCore(model, rows, expert_tensor);
  if (core.groups > 0) AppendMlpCoreBackward(core, list);
  return list.Take();
}

}  // namespace tessera
