#include "workload/model_flops.h"

#include <algorithm>
#include <cstdint>

#include "workload/layer_operators.h"

namespace tessera {
namespace {

constexpr int64_t kUnlimited = INT64_MAX;

double AttentionFlops(const ModelSpec& model, double visible_keys) {
  const double per_head =
      model.mla ? model.mla->qk_nope_head_dim + model.mla->qk_rope_head_dim + model.mla->v_head_dim
                : 2.0 * model.head_dim;
  return 2 * model.heads * per_head * visible_keys;
}

// Products with weights: everything of a layer but norms and biases.
double WeightFlops(const ModelSpec& model, const ParameterCounts& count, bool sparse) {
  const double norms = (model.parallel_attention ? 1.0 : 2.0) * model.hidden +
                       (model.mla ? model.mla->q_lora_rank + model.mla->kv_lora_rank : 0);
  const double mlp = sparse
                         ? count.router_layer - (model.moe->router_bias ? model.moe->experts : 0) +
                               model.moe->experts_per_token * count.expert
                         : count.mlp_layer;
  return 2 * (count.attention_layer - norms + mlp);
}

}  // namespace

ForwardFlops ForwardFlopsPerToken(const ModelSpec& model, double visible_keys) {
  const ParameterCounts count = CountParameters(model);
  ForwardFlops flops;
  for (int layer = 0; layer < model.layers; ++layer) {
    const auto most = static_cast<double>(VisibleKeys(model, layer, kUnlimited));
    const double keys = std::min(visible_keys, most);
    flops.layers +=
        WeightFlops(model, count, IsMoeLayer(model, layer)) + AttentionFlops(model, keys);
  }
  flops.head = 2.0 * model.hidden * model.vocab;
  return flops;
}

double TrainingFlopsPerToken(const ModelSpec& model, int64_t sequence, FlopsConvention convention,
                             int mtp_layers) {
  const double scores = convention == FlopsConvention::kModelCausal ? 0.5 : 1;
  const double keys = scores * static_cast<double>(sequence);
  ForwardFlops forward = ForwardFlopsPerToken(model, keys);
  const double mtp_layer =
      WeightFlops(model, CountParameters(model), IsMoeLayer(model, model.layers - 1)) +
      AttentionFlops(model, keys) + 4.0 * model.hidden * model.hidden;
  forward.layers += mtp_layers * mtp_layer;
  forward.head *= 1 + mtp_layers;
  const double layer_passes = convention == FlopsConvention::kWithRecompute ? 4 : 3;
  return layer_passes * forward.layers + 3 * forward.head;
}

}  // namespace tessera
