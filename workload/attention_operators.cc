#include "workload/attention_core.h"
#include "workload/residual.h"

namespace tessera {
namespace {

constexpr OperatorClass kProjection = OperatorClass::kAttentionProjection;

// One product with weights of the attention block, forward or backward.
struct Projection {
  const char* name;
  GemmShape shape;
};

// Products before the core, in forward order.
std::vector<Projection> InputProjections(const ModelSpec& model, const ShardShape& shape) {
  const LocalShape local = LocalShapeOf(model, shape);
  const int64_t h = model.hidden;
  if (!model.mla) {
    const int64_t n = (local.heads + 2 * local.kv_heads) * model.head_dim;
    return {{"qkv_projection", {.m = local.rows, .n = n, .k = h}}};
  }
  const MlaSpec& mla = *model.mla;
  const int64_t nope = mla.qk_nope_head_dim;
  const int64_t kv_down = mla.kv_lora_rank + mla.qk_rope_head_dim;
  const int64_t q_up = local.heads * (nope + mla.qk_rope_head_dim);
  std::vector<Projection> list;
  if (mla.q_lora_rank > 0) {
    list.push_back(
        {"qkv_down_projection", {.m = local.rows, .n = mla.q_lora_rank + kv_down, .k = h}});
    list.push_back({"q_up_projection", {.m = local.rows, .n = q_up, .k = mla.q_lora_rank}});
  } else {
    list.push_back({"q_kv_projection", {.m = local.rows, .n = q_up + kv_down, .k = h}});
  }
  if (shape.phase == AttentionPhase::kDecode) {
    list.push_back(
        {"q_absorb", {.m = local.rows, .n = mla.kv_lora_rank, .k = nope, .groups = local.heads}});
  } else {
    list.push_back(
        {"kv_up_projection",
         {.m = local.rows, .n = local.heads * (nope + mla.v_head_dim), .k = mla.kv_lora_rank}});
  }
  return list;
}

std::vector<Projection> OutputProjections(const ModelSpec& model, const ShardShape& shape) {
  const LocalShape local = LocalShapeOf(model, shape);
  const int64_t v = model.mla ? model.mla->v_head_dim : model.head_dim;
  std::vector<Projection> list;
  if (model.mla && shape.phase == AttentionPhase::kDecode) {
    list.push_back(
        {"v_up", {.m = local.rows, .n = v, .k = model.mla->kv_lora_rank, .groups = local.heads}});
  }
  list.push_back({"output_projection", {.m = local.rows, .n = model.hidden, .k = local.heads * v}});
  return list;
}

// Rotation of queries and keys in place and, in inference, the write of the new cache entries; for
// latent attention also the norms of the compressed vectors.
void AppendRotaryAndCache(const ModelSpec& model, const ShardShape& shape, OperatorList& list) {
  const LocalShape local = LocalShapeOf(model, shape);
  const double value = StorageBits(shape.precision.activations) / 8;
  double touched = 0;  // Values per token.
  double cached = 0;
  if (model.mla) {
    const MlaSpec& mla = *model.mla;
    touched = static_cast<double>((local.heads + 1) * mla.qk_rope_head_dim + mla.q_lora_rank +
                                  mla.kv_lora_rank);
    cached = mla.kv_lora_rank + mla.qk_rope_head_dim;
  } else {
    if (!model.learned_positions) {
      touched = static_cast<double>((local.heads + local.kv_heads) * model.head_dim);
    }
    cached = static_cast<double>(2 * local.kv_heads * model.head_dim);
  }
  const double cache_bytes = shape.training ? 0 : cached * StorageBits(shape.precision.kv) / 8;
  if (touched + cache_bytes == 0) return;
  list.BytePass({kProjection, "rotary_and_cache"}, local.rows, touched * value,
                touched * value + cache_bytes);
}

void AppendBackward(const std::vector<Projection>& forward, OperatorList& list) {
  for (auto p = forward.rbegin(); p != forward.rend(); ++p) {
    list.WeightGemmBackward({kProjection, p->name}, p->shape);
  }
}

}  // namespace

std::vector<Operator> AttentionForward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  AppendNorm(model, shape, list);
  for (const Projection& p : InputProjections(model, shape)) {
    list.WeightGemm({kProjection, p.name}, p.shape);
  }
  AppendRotaryAndCache(model, shape, list);
  AppendAttentionCore(model, shape, list);
  for (const Projection& p : OutputProjections(model, shape)) {
    list.WeightGemm({kProjection, p.name}, p.shape);
  }
  AppendResidual(model, shape, list);
  return list.Take();
}

std::vector<Operator> AttentionBackward(const ModelSpec& model, const ShardShape& shape) {
  OperatorList list(shape.precision, shape.training);
  AppendResidualBackward(model, shape, list);
  AppendBackward(OutputProjections(model, shape), list);
  AppendAttentionCoreBackward(model, shape, list);
  AppendRotaryAndCache(model, shape, list);
  AppendBackward(InputProjections(model, shape), list);
  AppendNormBackward(model, shape, list);
  return list.Take();
}

}  // namespace tessera
