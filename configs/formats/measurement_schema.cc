#include "configs/formats/measurement_schema.h"

#include "configs/formats/measurement_kinds.h"
#include "core/check.h"

namespace tessera {
const KeyRule* KindRule::Find(absl::string_view key) const {
  for (const KeyRule& rule : keys) {
    if (rule.name == key) return &rule;
  }
  return nullptr;
}

absl::Span<const KindRule> KindRules() {
  static const std::vector<KindRule>& rules = *new std::vector<KindRule>([] {
    std::vector<KindRule> all = ExchangeKinds();
    for (const std::vector<KindRule>& more : {ModelRunKinds(), HardwareKinds()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }());
  return rules;
}

const KindRule& RuleOf(TaskKind kind) {
  const KindRule& rule = KindRules()[static_cast<size_t>(kind)];
  TESSERA_CHECK(rule.kind == kind);
  return rule;
}

absl::string_view TaskKindName(TaskKind kind) { return RuleOf(kind).name; }

absl::string_view MachineTopologyNames() {
  return "single nvswitch full_mesh pair ring line mesh2d torus2d torus3d hybrid_cube_mesh pcie "
         "dragonfly wafer unknown";
}

absl::Span<const KeyRule> InlineModelRules() {
  static constexpr KeyRule kRules[] = {
      Required("layers"),
      Required("hidden"),
      Required("heads"),
      Required("kv_heads"),
      Required("head_dim"),
      Required("ffn"),
      Required("gated_ffn", KeyType::kBool),
      Required("vocab"),
      Required("tied_embeddings", KeyType::kBool),
      Optional("experts"),
      Optional("experts_per_token"),
      Optional("shared_experts"),
      Optional("expert_ffn"),
      Optional("moe_layers"),
  };
  return kRules;
}

}  // namespace tessera
