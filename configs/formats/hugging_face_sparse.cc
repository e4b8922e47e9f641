#include "configs/formats/hugging_face_sparse.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/model.pb.h"

namespace tessera {
namespace {

// Every layer is sparse; `intermediate_size` is the width of an expert.
void ReadMixtral(JsonFields& fields, schema::Model& model) {
  schema::Moe& moe = *model.mutable_moe();
  moe.set_experts(fields.Count("num_local_experts"));
  moe.set_experts_per_token(fields.Count("num_experts_per_tok|experts_per_token"));
  moe.set_expert_ffn(fields.Count("intermediate_size"));
  moe.set_moe_layers(model.layers());
}

// mlp_only_layers: indices of dense layers. Only leading ones can be expressed.
int LeadingDenseLayers(JsonFields& fields) {
  const YamlValue* dense = fields.Member("mlp_only_layers");
  if (dense == nullptr) return 0;
  for (size_t i = 0; i < dense->items.size(); ++i) {
    size_t index = 0;
    if (absl::SimpleAtoi(dense->items[i].scalar, &index) && index == i) continue;
    fields.Fail("mlp_only_layers",
                absl::StrCat("mlp_only_layers: entry ", i, " is ", DescribeYaml(dense->items[i]),
                             "; accepted: the first layers, 0, 1, ... in order"));
    return 0;
  }
  return static_cast<int>(dense->items.size());
}

void ReadQwen(JsonFields& fields, schema::Model& model) {
  if (fields.CountOr("num_experts", 0) == 0) return;
  schema::Moe& moe = *model.mutable_moe();
  moe.set_experts(fields.Count("num_experts"));
  moe.set_experts_per_token(fields.Count("num_experts_per_tok"));
  moe.set_expert_ffn(fields.Count("moe_intermediate_size"));
  if (fields.CountOr("shared_expert_intermediate_size", 0) > 0) {
    moe.set_shared_experts(1);
    moe.set_shared_expert_ffn(fields.Count("shared_expert_intermediate_size"));
  }
  const int every = fields.CountOr("decoder_sparse_step", 1);
  const int dense = LeadingDenseLayers(fields);
  if (every < 1 || (every > 1 && dense > 0)) {
    return fields.Fail("decoder_sparse_step",
                       absl::StrCat("decoder_sparse_step: found ", every,
                                    "; accepted: 1, or more where mlp_only_layers is empty"));
  }
  moe.set_moe_every(every);
  moe.set_moe_layers((model.layers() - dense) / every);
}

void ReadDeepSeek(JsonFields& fields, schema::Model& model) {
  if (!fields.Has("n_routed_experts")) return;
  schema::Moe& moe = *model.mutable_moe();
  moe.set_experts(fields.Count("n_routed_experts"));
  moe.set_experts_per_token(fields.Count("num_experts_per_tok"));
  moe.set_expert_ffn(fields.Count("moe_intermediate_size"));
  moe.set_shared_experts(fields.CountOr("n_shared_experts", 0));
  if (moe.shared_experts() > 0) moe.set_shared_expert_ffn(moe.expert_ffn());
  moe.set_expert_groups(fields.CountOr("n_group", 1));
  moe.set_topk_groups(fields.CountOr("topk_group", 1));
  if (fields.CountOr("moe_layer_freq", 1) != 1) {
    fields.Fail("moe_layer_freq",
                absl::StrCat("moe_layer_freq: found ", fields.CountOr("moe_layer_freq", 1),
                             "; accepted: 1"));
  }
  moe.set_moe_layers(model.layers() - fields.CountOr("first_k_dense_replace", 0));
  model.set_mtp_layers(fields.CountOr("num_nextn_predict_layers", 0));
  const std::string method = fields.TextOr("topk_method", "greedy");
  moe.set_router_bias(method == "noaux_tc");  // Balanced by a bias in place of an auxiliary loss.
  model.set_routing(absl::StrCat(fields.TextOr("scoring_func", "softmax"), "_", method));
}

// A shared expert beside each routed one of the same width.
void ReadLlama4(JsonFields& fields, schema::Model& model) {
  schema::Moe& moe = *model.mutable_moe();
  moe.set_experts(fields.Count("num_local_experts"));
  moe.set_experts_per_token(fields.Count("num_experts_per_tok"));
  moe.set_expert_ffn(fields.Count("intermediate_size"));
  moe.set_shared_experts(1);
  moe.set_shared_expert_ffn(moe.expert_ffn());
  moe.set_moe_every(fields.Count("interleave_moe_layer_step"));
  moe.set_moe_layers(model.layers() / moe.moe_every());
}

}  // namespace

void ReadSparseLayers(SparseLayers kind, JsonFields& fields, schema::Model& model) {
  switch (kind) {
    case SparseLayers::kNone:
      return;
    case SparseLayers::kMixtral:
      return ReadMixtral(fields, model);
    case SparseLayers::kQwen:
      return ReadQwen(fields, model);
    case SparseLayers::kDeepSeek:
      return ReadDeepSeek(fields, model);
    case SparseLayers::kLlama4:
      return ReadLlama4(fields, model);
  }
}

double MeanBits(const schema::Model& model, double expert_bits, double other_bits) {
  const double hidden = model.hidden();
  const schema::Moe& moe = model.moe();
  const double matrices = model.gated_ffn() ? 3 : 2;
  const double experts = matrices * hidden * moe.expert_ffn() * moe.experts() * moe.moe_layers();
  const double head_dim = model.has_head_dim() ? model.head_dim() : hidden / model.heads();
  const double attention =
      2 * hidden * head_dim * (model.heads() + model.kv_heads()) * model.layers();
  const double embeddings = (model.tied_embeddings() ? 1 : 2) * hidden * model.vocab();
  const double others = attention + embeddings;
  return (experts * expert_bits + others * other_bits) / (experts + others);
}

}  // namespace tessera
