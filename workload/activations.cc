#include "workload/activations.h"

#include <algorithm>

#include "workload/local_shape.h"

namespace tessera {
namespace {

struct ValueBytes {
  double activation = 0;
  double saved_input =
      0;  // Of a product with weights: in the compute format when that is narrower.
};

ValueBytes ValueBytesOf(const PrecisionPlan& precision) {
  const double activation = StorageBits(precision.activations) / 8;
  return {activation, std::min(activation, StorageBits(precision.compute) / 8)};
}

double AttentionValues(const ModelSpec& model, const LocalShape& local) {
  const auto heads = static_cast<double>(local.heads);
  if (!model.mla) {
    return (heads + 2 * static_cast<double>(local.kv_heads)) * model.head_dim;
  }
  const MlaSpec& mla = *model.mla;
  const double qk = mla.qk_nope_head_dim + mla.qk_rope_head_dim;
  return mla.q_lora_rank + mla.kv_lora_rank + heads * (2 * qk + mla.v_head_dim);
}

// Two norm inputs, the inputs of both blocks, and a byte for each dropout mask.
double ReplicatedBytes(const ModelSpec& model, const ShardShape& shape, const ValueBytes& value) {
  const double masks = shape.dropout ? 2 : 0;
  return model.hidden * (2 * value.activation + 2 * value.saved_input + masks);
}

// Per token: gate and up before, one product after the activation.
double MlpBytes(const ModelSpec& model, double width, const ValueBytes& value) {
  return width * ((model.gated_ffn ? 2 : 1) * value.activation + value.saved_input);
}

// Per token: the copies laid out by expert, their hidden vectors, shared experts, router logits.
double SparseBytes(const ModelSpec& model, const ShardShape& shape, const ValueBytes& value) {
  const MoeSpec& moe = *model.moe;
  const double shared = double{1} * moe.shared_experts * moe.shared_expert_ffn / shape.tensor;
  const double copies = moe.experts_per_token;
  return copies * (model.hidden * value.saved_input + MlpBytes(model, moe.expert_ffn, value)) +
         MlpBytes(model, shared, value) + 4.0 * moe.experts;
}

}  // namespace

ActivationBytes ActivationBytesPerLayer(const ModelSpec& model, const ShardShape& shape,
                                        bool sparse, Recompute recompute) {
  const LocalShape local = LocalShapeOf(model, shape);
  const ValueBytes value = ValueBytesOf(shape.precision);
  const auto rows = static_cast<double>(local.rows);
  const auto norm_rows = static_cast<double>(local.norm_rows);
  ActivationBytes bytes;
  if (recompute == Recompute::kFull) {
    bytes.replicated = norm_rows * model.hidden * value.activation;
    return bytes;
  }
  const int64_t v = model.mla ? model.mla->v_head_dim : model.head_dim;
  const auto heads = static_cast<double>(local.heads);
  bytes.replicated = norm_rows * ReplicatedBytes(model, shape, value);
  bytes.attention = rows * (AttentionValues(model, local) * value.activation +
                            heads * static_cast<double>(v) * value.saved_input);
  if (shape.fused_attention) {
    bytes.attention += rows * heads * 4;  // Log-sum-exp of each query, fp32.
  } else if (recompute == Recompute::kNone) {
    const double dropout = shape.dropout ? 1 + value.activation : 0;
    bytes.scores = rows * heads * static_cast<double>(shape.kv_len) * (value.activation + dropout);
  }
  bytes.mlp =
      sparse ? norm_rows * SparseBytes(model, shape, value)
             : rows * MlpBytes(model, static_cast<double>(CeilDiv(model.ffn, shape.tensor)), value);
  return bytes;
}

}  // namespace tessera
