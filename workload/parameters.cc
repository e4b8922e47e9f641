#include <algorithm>

#include "workload/layer_operators.h"

namespace tessera {
namespace {

// Attention weights and the norms of one layer. Domain notes 2.1.
double AttentionParameters(const ModelSpec& model) {
  const double h = model.hidden;
  const double norms = model.parallel_attention ? h : 2 * h;
  if (!model.mla) {
    return 2 * h * model.head_dim * (static_cast<double>(model.heads) + model.kv_heads) + norms;
  }
  const MlaSpec& mla = *model.mla;
  const double q_r = mla.q_lora_rank;
  const double kv_r = mla.kv_lora_rank;
  const double qk = mla.qk_nope_head_dim + mla.qk_rope_head_dim;
  const double a = model.heads;
  const double q = q_r > 0 ? h * q_r + q_r * a * qk : h * a * qk;
  const double kv =
      h * (kv_r + mla.qk_rope_head_dim) + kv_r * a * (mla.qk_nope_head_dim + mla.v_head_dim);
  return q + kv + a * mla.v_head_dim * h + q_r + kv_r + norms;
}

int CountMoeLayers(const ModelSpec& model) {
  int count = 0;
  for (int layer = 0; layer < model.layers; ++layer) count += IsMoeLayer(model, layer) ? 1 : 0;
  return count;
}

}  // namespace

bool IsMoeLayer(const ModelSpec& model, int layer) {
  if (!model.moe) return false;
  if (model.moe->moe_every > 1) return layer % model.moe->moe_every == model.moe->moe_every - 1;
  return layer >= model.layers - model.moe->moe_layers;
}

int64_t VisibleKeys(const ModelSpec& model, int layer, int64_t kv_len) {
  const int every = model.full_attention_every;
  if (every > 0 && layer % every == every - 1) return kv_len;
  if (model.sliding_window > 0) return std::min<int64_t>(kv_len, model.sliding_window);
  if (model.attention_chunk > 0 && kv_len > model.attention_chunk) return model.attention_chunk / 2;
  return kv_len;
}

ParameterCounts CountParameters(const ModelSpec& model) {
  ParameterCounts count;
  const double h = model.hidden;
  const double matrices = model.gated_ffn ? 3 : 2;
  const double table = h * model.vocab;
  count.embedding = table + (model.learned_positions ? h * model.max_context : 0);
  count.head = model.tied_embeddings ? 0 : table;
  count.attention_layer = AttentionParameters(model);
  count.mlp_layer = matrices * h * model.ffn;
  const int sparse = CountMoeLayers(model);
  const double dense = model.layers - sparse;
  const double common = count.embedding + count.head + h + model.layers * count.attention_layer +
                        dense * count.mlp_layer;
  count.total = count.active = common;
  if (!model.moe) return count;
  const MoeSpec& moe = *model.moe;
  count.router_layer = (h + (moe.router_bias ? 1 : 0)) * moe.experts +
                       matrices * h * moe.shared_experts * moe.shared_expert_ffn;
  count.expert = matrices * h * moe.expert_ffn;
  count.total += sparse * (count.router_layer + moe.experts * count.expert);
  count.active += sparse * (count.router_layer + moe.experts_per_token * count.expert);
  return count;
}

double KvBytesPerToken(const ModelSpec& model, Precision kv) {
  const double values = model.mla ? model.mla->kv_lora_rank + model.mla->qk_rope_head_dim
                                  : 2.0 * model.kv_heads * model.head_dim;
  return model.layers * values * StorageBits(kv) / 8;
}

}  // namespace tessera
