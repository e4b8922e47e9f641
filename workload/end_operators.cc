// The ends of the model: embedding, final norm and output layer, loss, optimizer.
#include "workload/residual.h"

namespace tessera {
namespace {

constexpr double kFp32 = 4;

GemmShape HeadShape(const ModelSpec& model, const ShardShape& shape, int64_t positions) {
  return {.m = shape.batch * positions, .n = CeilDiv(model.vocab, shape.tensor), .k = model.hidden};
}

}  // namespace

std::vector<Operator> EmbeddingForward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  const LocalShape local = LocalShapeOf(model, shape);
  const double reads = model.learned_positions ? 2 : 1;
  list.Pass({OperatorClass::kEmbedding, "embedding"}, local.rows * model.hidden, reads, 1);
  if (shape.dropout) {
    const double value = StorageBits(shape.precision.activations) / 8;
    list.BytePass({OperatorClass::kEmbedding, "embedding_dropout"}, local.norm_rows * model.hidden,
                  value, value + 1);
  }
  return list.Take();
}

// Scattered additions to the fp32 gradient of the touched rows.
std::vector<Operator> EmbeddingBackward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  const LocalShape local = LocalShapeOf(model, shape);
  const double value = StorageBits(shape.precision.activations) / 8;
  list.BytePass({OperatorClass::kEmbedding, "embedding_backward"}, local.rows * model.hidden,
                value + kFp32, kFp32);
  return list.Take();
}

// Training: cross entropy over the vocabulary shard as separate passes (widen, maximum,
// exponential, normalise); inference: one pass that samples.
std::vector<Operator> HeadForward(const ModelSpec& model, const ShardShape& shape,
                                  int64_t positions) {
  OperatorList list(shape.precision, shape.training);
  const GemmShape head = HeadShape(model, shape, positions);
  AppendNorm(model, shape, list);
  list.WideGemm({OperatorClass::kLmHead, "lm_head"}, head);
  const double value = StorageBits(shape.precision.activations) / 8;
  if (shape.training) {
    list.BytePass({OperatorClass::kLoss, "loss"}, head.m * head.n, value + 3 * kFp32, 3 * kFp32);
  } else {
    list.BytePass({OperatorClass::kLmHead, "sample"}, head.m * head.n, value, 0);
  }
  return list.Take();
}

std::vector<Operator> HeadBackward(const ModelSpec& model, const ShardShape& shape,
                                   int64_t positions) {
  OperatorList list(shape.precision, shape.training);
  const GemmShape head = HeadShape(model, shape, positions);
  const double value = StorageBits(shape.precision.activations) / 8;
  list.BytePass({OperatorClass::kLoss, "loss_backward"}, head.m * head.n, kFp32, value);
  list.WideGemmBackward({OperatorClass::kLmHead, "lm_head"}, head);
  AppendNormBackward(model, shape, list);
  return list.Take();
}

// Reads gradient, master weight and two moments (16 of 30 bytes), writes the latter three and the
// working weight.
Operator OptimizerStep(double parameters, double bytes_per_parameter) {
  constexpr double kReadShare = 16.0 / 30.0;
  constexpr double kFlopsPerParameter = 12;
  Operator op;
  op.category = OperatorClass::kOptimizer;
  op.name = "optimizer";
  const double bytes = parameters * bytes_per_parameter;
  op.read = Bytes(static_cast<int64_t>(bytes * kReadShare));
  op.written = Bytes(static_cast<int64_t>(bytes)) - op.read;
  op.vector_flops = Flops(parameters * kFlopsPerParameter);
  return op;
}

}  // namespace tessera
