#include "workload/attention_core.h"

namespace tessera {
namespace {

constexpr OperatorClass kCore = OperatorClass::kAttentionCore;

struct HeadDims {
  int64_t qk = 0, v = 0;
  bool latent = false;
};

HeadDims HeadDimsOf(const ModelSpec& model, const ShardShape& shape) {
  if (!model.mla) return {model.head_dim, model.head_dim, false};
  if (shape.phase == AttentionPhase::kDecode) {
    return {model.mla->kv_lora_rank + model.mla->qk_rope_head_dim, model.mla->kv_lora_rank, true};
  }
  return {model.mla->qk_nope_head_dim + model.mla->qk_rope_head_dim, model.mla->v_head_dim, false};
}

// One flash-style kernel. Context ranks hold zig-zag shares of a causal square, so each computes
// the mean share of every one of `context` rounds; in decode each holds its share of the keys.
Operator FlashCore(const ModelSpec& model, const ShardShape& shape, AttentionPhase phase) {
  const LocalShape local = LocalShapeOf(model, shape);
  const HeadDims dims = HeadDimsOf(model, shape);
  Operator op;
  op.kind = OperatorKind::kAttention;
  op.category = kCore;
  op.name = phase == AttentionPhase::kBackward ? "attention_backward" : "attention";
  op.phase = phase;
  op.batch = shape.batch;
  op.heads = local.heads;
  op.kv_heads = dims.latent ? 1 : (model.mla ? local.heads : local.kv_heads);
  op.q_len = local.q_len;
  op.kv_len = shape.kv_len;
  op.head_dim_qk = dims.qk;
  op.head_dim_v = dims.v;
  op.latent = dims.latent;
  op.causal = local.q_len > 1;
  op.kv = shape.phase == AttentionPhase::kPrefill && shape.training ? shape.precision.activations
                                                                    : shape.precision.kv;
  op.compute = op.input = op.output = op.weights = shape.precision.activations;
  if (shape.context == 1) return op;
  if (shape.split_heads) {
    op.heads = CeilDiv<int64_t>(op.heads, shape.context);
    op.kv_heads = CeilDiv<int64_t>(op.kv_heads, shape.context);
    op.q_len = shape.q_len;
    op.causal = shape.q_len > 1;
    return op;
  }
  if (shape.phase == AttentionPhase::kDecode) {
    op.kv_len = CeilDiv(shape.kv_len, shape.context);
    return op;
  }
  Operator whole = op;
  whole.q_len = shape.q_len;
  const double visible = VisiblePairs(whole) / static_cast<double>(shape.q_len);
  op.kv_len = CeilDiv(static_cast<int64_t>(visible) + 1, shape.context);
  op.causal = false;
  op.count = shape.context;
  return op;
}

// The product of two activations of every head: [m,k] x [k,n].
void HeadGemm(const char* name, const ShardShape& shape, const GemmShape& gemm,
              OperatorList& list) {
  GemmShape all = gemm;
  all.groups = shape.batch * gemm.groups;
  list.WideGemm({kCore, name}, all);
}

struct ScoreShape {
  int64_t heads, q, kv, qk, v, scores;
};

ScoreShape ScoreShapeOf(const ModelSpec& model, const ShardShape& shape) {
  const LocalShape local = LocalShapeOf(model, shape);
  const HeadDims dims = HeadDimsOf(model, shape);
  const int64_t heads =
      shape.split_heads ? CeilDiv<int64_t>(local.heads, shape.context) : local.heads;
  const int64_t q = shape.split_heads ? shape.q_len : local.q_len;
  return {heads, q, shape.kv_len, dims.qk, dims.v, shape.batch * heads * q * shape.kv_len};
}

// The fused causal softmax of Megatron loads the visible triangle only and writes the full square.
double VisibleShare(const ScoreShape& s) { return s.q > 1 ? 0.5 : 1; }

// Scores are written to memory and read back.
void AppendUnfused(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const ScoreShape s = ScoreShapeOf(model, shape);
  HeadGemm("scores", shape, {.m = s.q, .n = s.kv, .k = s.qk, .groups = s.heads}, list);
  list.Pass({kCore, "softmax"}, s.scores, VisibleShare(s), 1);
  if (shape.dropout) list.BytePass({kCore, "attention_dropout"}, s.scores, 2, 3);
  HeadGemm("value_product", shape, {.m = s.q, .n = s.v, .k = s.kv, .groups = s.heads}, list);
}

void AppendUnfusedBackward(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const ScoreShape s = ScoreShapeOf(model, shape);
  HeadGemm("value_gradient", shape, {.m = s.kv, .n = s.v, .k = s.q, .groups = s.heads}, list);
  HeadGemm("probability_gradient", shape, {.m = s.q, .n = s.kv, .k = s.v, .groups = s.heads}, list);
  if (shape.dropout) list.BytePass({kCore, "attention_dropout_backward"}, s.scores, 3, 2);
  list.Pass({kCore, "softmax_backward"}, s.scores, 2 * VisibleShare(s), 1);
  HeadGemm("query_gradient", shape, {.m = s.q, .n = s.qk, .k = s.kv, .groups = s.heads}, list);
  HeadGemm("key_gradient", shape, {.m = s.kv, .n = s.qk, .k = s.q, .groups = s.heads}, list);
}

}  // namespace

void AppendAttentionCore(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  if (!shape.fused_attention) return AppendUnfused(model, shape, list);
  list.Add(FlashCore(model, shape, shape.phase));
}

void AppendAttentionCoreBackward(const ModelSpec& model, const ShardShape& shape,
                                 OperatorList& list) {
  if (!shape.fused_attention) return AppendUnfusedBackward(model, shape, list);
  list.Add(FlashCore(model, shape, AttentionPhase::kBackward));
}

std::vector<Operator> AttentionCoreForward(const ModelSpec& model, const ShardShape& shape) {
  if (shape.fused_attention) return {};
  OperatorList list(shape.precision, shape.training);
  AppendAttentionCore(model, shape, list);
  return list.Take();
}

}  // namespace tessera
