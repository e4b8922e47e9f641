#include "configs/formats/measurement_sources.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/measurement_parts.h"
#include "core/status_macros.h"

namespace tessera {

absl::StatusOr<std::vector<SourceRule>> LoadSourceRules(const std::string& configs) {
  const std::string path = absl::StrCat(configs, "/measurement_sources.yaml");
  TESSERA_ASSIGN_OR_RETURN(const YamlValue root, ReadYamlFile(path));
  return ReadSourceRules(root, path);
}

absl::StatusOr<std::vector<SourceRule>> ReadSourceRules(const YamlValue& root,
                                                        absl::string_view file) {
  if (!root.is_list()) {
    return YamlError(file, root,
                     absl::StrCat("found ", DescribeYaml(root), "; accepted: a list of sources"));
  }
  FieldReader fields(file);
  std::vector<SourceRule> rules;
  const std::vector<std::string> keys = Words("source why task");
  for (const YamlValue& item : root.items) {
    SourceRule& rule = rules.emplace_back();
    if (!fields.Keys(item, "rule", keys, keys)) continue;
    const auto text = [&](absl::string_view key) {
      std::string found;
      WithMember(item, key, [&](const YamlValue& value) {
        if (value.is_null()) fields.Fail(value, absl::StrCat(key, ": found null; accepted: text"));
        found = fields.Text(value, key).value_or("");
      });
      return found;
    };
    rule.source = text("source");
    text("why");
    WithMember(item, "task", [&](const YamlValue& v) { rule.task = ReadTaskPart(v, fields); });
  }
  TESSERA_RETURN_IF_ERROR(fields.status());
  return rules;
}

void ApplySourceRules(absl::Span<const SourceRule> rules, absl::Span<MeasurementCase> cases) {
  for (MeasurementCase& c : cases) {
    for (const SourceRule& rule : rules) {
      if (rule.task.kind() != c.task.kind() || !absl::StrContains(c.source, rule.source)) continue;
      c.task.SetAllOf(rule.task);
    }
  }
}

}  // namespace tessera
