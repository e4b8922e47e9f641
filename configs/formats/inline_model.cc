#include <algorithm>

#include "absl/strings/str_cat.h"
#include "configs/formats/measurement_parts.h"

namespace tessera {
namespace {

// The members of an inline model; a left-out one is zero or false.
class ModelMembers {
 public:
  ModelMembers(const YamlValue& model, FieldReader& fields) : model_(model), fields_(fields) {}

  int Number(absl::string_view key) const {
    const YamlValue* given = Given(key);
    if (given == nullptr) return 0;
    const int64_t count = fields_.Count(*given, Path(key)).value_or(0);
    constexpr int64_t kMost = int64_t{1} << 30;
    if (count > kMost) {
      fields_.Fail(*given, absl::StrCat(Path(key), ": found ", count, "; accepted: up to ", kMost));
    }
    return static_cast<int>(std::min(count, kMost));
  }

  bool Flag(absl::string_view key) const {
    const YamlValue* given = Given(key);
    return given != nullptr && fields_.Bool(*given, Path(key)).value_or(false);
  }

 private:
  static std::string Path(absl::string_view key) { return absl::StrCat("task.model.", key); }
  const YamlValue* Given(absl::string_view key) const {
    const YamlValue* given = model_.Find(key);
    if (given != nullptr && given->is_null()) {
      fields_.Fail(*given, absl::StrCat(Path(key), ": found null; accepted: a value"));
    }
    return given;
  }

  const YamlValue& model_;
  FieldReader& fields_;
};

}  // namespace

ModelSpec ReadInlineModel(const YamlValue& value, FieldReader& fields) {
  std::vector<std::string> required;
  std::vector<std::string> accepted;
  for (const KeyRule& rule : InlineModelRules()) {
    accepted.emplace_back(rule.name);
    if (rule.required) required.emplace_back(rule.name);
  }
  fields.Keys(value, "task.model", required, accepted);
  const ModelMembers members(value, fields);
  ModelSpec model;
  model.name = "inline";
  model.layers = members.Number("layers");
  model.hidden = members.Number("hidden");
  model.heads = members.Number("heads");
  model.kv_heads = members.Number("kv_heads");
  model.head_dim = members.Number("head_dim");
  model.ffn = members.Number("ffn");
  model.gated_ffn = members.Flag("gated_ffn");
  model.vocab = members.Number("vocab");
  model.tied_embeddings = members.Flag("tied_embeddings");
  MoeSpec moe;
  moe.experts = members.Number("experts");
  moe.experts_per_token = members.Number("experts_per_token");
  moe.shared_experts = members.Number("shared_experts");
  moe.expert_ffn = members.Number("expert_ffn");
  moe.shared_expert_ffn = moe.expert_ffn;
  moe.moe_layers =
      value.Find("moe_layers") != nullptr ? members.Number("moe_layers") : model.layers;
  if (moe.experts > 0) model.moe = moe;
  return model;
}

}  // namespace tessera
