#include "absl/strings/str_cat.h"
#include "configs/model.pb.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

MlaSpec MlaFromSchema(const schema::Mla& mla) {
  return {.q_lora_rank = mla.q_lora_rank(),
          .kv_lora_rank = mla.kv_lora_rank(),
          .qk_nope_head_dim = mla.qk_nope_head_dim(),
          .qk_rope_head_dim = mla.qk_rope_head_dim(),
          .v_head_dim = mla.v_head_dim()};
}

MoeSpec MoeFromSchema(const schema::Moe& moe, int layers) {
  return {.experts = moe.experts(),
          .experts_per_token = moe.experts_per_token(),
          .expert_ffn = moe.expert_ffn(),
          .shared_experts = moe.shared_experts(),
          .shared_expert_ffn = moe.shared_expert_ffn(),
          .moe_layers = moe.has_moe_layers() ? moe.moe_layers() : layers / moe.moe_every(),
          .moe_every = moe.moe_every(),
          .expert_groups = moe.expert_groups(),
          .topk_groups = moe.topk_groups(),
          .router_bias = moe.router_bias()};
}

// The first contradiction between fields, or "".
std::string MoeFault(const ModelSpec& model) {
  const MoeSpec& moe = *model.moe;
  if (moe.experts_per_token > moe.experts) {
    return absl::StrCat("experts_per_token ", moe.experts_per_token, " exceeds experts ",
                        moe.experts);
  }
  if (moe.moe_layers * moe.moe_every > model.layers) {
    return absl::StrCat("moe_layers ", moe.moe_layers, " times moe_every ", moe.moe_every,
                        " exceeds layers ", model.layers);
  }
  if (moe.shared_experts > 0 && moe.shared_expert_ffn == 0) {
    return "shared_experts without shared_expert_ffn; accepted: the width of one shared expert";
  }
  if (moe.expert_groups < 1 || moe.topk_groups < 1) {
    return absl::StrCat("expert_groups ", moe.expert_groups, ", topk_groups ", moe.topk_groups,
                        "; accepted: at least 1 each");
  }
  if (moe.experts % moe.expert_groups != 0) {
    return absl::StrCat("expert_groups ", moe.expert_groups, " does not divide experts ",
                        moe.experts);
  }
  if (moe.topk_groups > moe.expert_groups) {
    return absl::StrCat("topk_groups ", moe.topk_groups, " exceeds expert_groups ",
                        moe.expert_groups);
  }
  return "";
}

std::string ModelFault(const ModelSpec& model) {
  if (model.kv_heads == 0) return "kv_heads 0; accepted: a divisor of heads";
  if (model.heads % model.kv_heads != 0) {
    return absl::StrCat("kv_heads ", model.kv_heads, " does not divide heads ", model.heads);
  }
  if (model.head_dim == 0) {
    return absl::StrCat("no head_dim, and heads ", model.heads, " does not divide hidden ",
                        model.hidden);
  }
  const int sparse_layers = model.moe.has_value() ? model.moe->moe_layers : 0;
  if (model.ffn == 0 && sparse_layers < model.layers) {
    return absl::StrCat("no ffn, and ", model.layers - sparse_layers,
                        " layers are dense; accepted: the width of their feed-forward block");
  }
  if (model.learned_positions && model.max_context == 0) {
    return "learned_positions without max_context; accepted: the number of positions";
  }
  return model.moe.has_value() ? MoeFault(model) : "";
}

void SetAttention(const schema::Model& model, ModelSpec& spec) {
  spec.heads = model.heads();
  spec.kv_heads = model.has_kv_heads() ? model.kv_heads() : model.heads();
  if (model.has_head_dim()) {
    spec.head_dim = model.head_dim();
  } else if (model.hidden() % model.heads() == 0) {
    spec.head_dim = model.hidden() / model.heads();
  }
  spec.sliding_window = model.sliding_window();
  if (model.has_full_attention_every()) {
    spec.full_attention_every = model.full_attention_every();
  } else {
    spec.full_attention_every = model.has_sliding_window() ? 0 : 1;
  }
  spec.attention_chunk = model.attention_chunk();
  spec.parallel_attention = model.parallel_attention();
  if (model.has_mla()) spec.mla = MlaFromSchema(model.mla());
}

}  // namespace

absl::StatusOr<ModelSpec> ModelFromSchema(const schema::Model& model, const std::string& path,
                                          const PositionTable& positions) {
  ModelSpec spec;
  spec.name = model.name();
  spec.layers = model.layers();
  spec.hidden = model.hidden();
  SetAttention(model, spec);
  spec.ffn = model.ffn();
  spec.gated_ffn = model.gated_ffn();
  spec.vocab = model.vocab();
  spec.max_context = model.max_context();
  spec.tied_embeddings = model.tied_embeddings();
  spec.learned_positions = model.learned_positions();
  if (model.has_moe()) spec.moe = MoeFromSchema(model.moe(), model.layers());
  spec.mtp_layers = model.mtp_layers();
  spec.native_weight_bits = model.native_weight_bits();
  spec.provenance = ProvenanceOf(model);
  const std::string fault = ModelFault(spec);
  if (!fault.empty()) {
    return ErrorAt(positions.Of(path),
                   absl::StrCat(path.empty() ? "" : absl::StrCat(path, ": "), fault));
  }
  return spec;
}

}  // namespace tessera
