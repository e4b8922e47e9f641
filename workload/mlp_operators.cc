#include "workload/mlp_core.h"
#include "workload/residual.h"

namespace tessera {
namespace {

MlpCore DenseCore(const ModelSpec& model, const ShardShape& shape) {
  return {.category = OperatorClass::kMlp,
          .rows = LocalShapeOf(model, shape).rows,
          .hidden = model.hidden,
          .width = CeilDiv(model.ffn, shape.tensor),
          .gated = model.gated_ffn};
}

}  // namespace

void AppendMlpCore(const MlpCore& core, OperatorList& list) {
  const int64_t total = core.groups > 1 ? core.total_rows : core.rows;
  const double halves = core.gated ? 2 : 1;
  list.GateGemm({core.category, "up_projection"}, core.Up());
  list.Pass({core.category, "activation"}, total * core.width, halves, 1);
  list.WeightGemm({core.category, "down_projection"}, core.Down());
}

void AppendMlpCoreBackward(const MlpCore& core, OperatorList& list) {
  const int64_t total = core.groups > 1 ? core.total_rows : core.rows;
  const double halves = core.gated ? 2 : 1;
  list.WeightGemmBackward({core.category, "down_projection"}, core.Down());
  list.Pass({core.category, "activation_backward"}, total * core.width, 1 + halves, halves);
  list.WeightGemmBackward({core.category, "up_projection"}, core.Up());
}

std::vector<Operator> MlpForward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  if (!model.parallel_attention) AppendNorm(model, shape, list);
  AppendMlpCore(DenseCore(model, shape), list);
  AppendResidual(model, shape, list);
  return list.Take();
}

std::vector<Operator> MlpBackward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  AppendResidualBackward(model, shape, list);
  AppendMlpCoreBackward(DenseCore(model, shape), list);
  if (!model.parallel_attention) AppendNormBackward(model, shape, list);
  return list.Take();
}

}  // namespace tessera
