#include "workload/residual.h"

namespace tessera {
namespace {

constexpr OperatorClass kNorm = OperatorClass::kNorm;

int64_t Elements(const ModelSpec& model, const ShardShape& shape) {
  return LocalShapeOf(model, shape).norm_rows * model.hidden;
}

double ValueBytes(const ShardShape& shape) { return StorageBits(shape.precision.activations) / 8; }

}  // namespace

void AppendNorm(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const double values = shape.training ? 1 : 2;  // Inference: residual add and norm in one pass.
  list.Pass({kNorm, "norm"}, Elements(model, shape), values, values);
}

void AppendResidual(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  if (!shape.training) return;
  const double value = ValueBytes(shape);
  list.BytePass({kNorm, "residual"}, Elements(model, shape), 2 * value,
                value + (shape.dropout ? 1 : 0));
}

// Two kernels: gradients of the scale read the input and its gradient once more.
void AppendNormBackward(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const int64_t elements = Elements(model, shape);
  list.Pass({kNorm, "norm_backward"}, elements, 2, 1);
  list.Pass({kNorm, "norm_weight_gradient"}, elements, 2, 0);
  list.Pass({kNorm, "residual_gradient"}, elements, 2, 1);
}

// Without dropout the gradient passes on unchanged.
void AppendResidualBackward(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  if (!shape.dropout) return;
  const double value = ValueBytes(shape);
  list.BytePass({kNorm, "dropout_backward"}, Elements(model, shape), value + 1, value);
}

}  // namespace tessera
