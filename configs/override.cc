#include "configs/override.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// There is no file to count lines in.
void ForgetPositions(YamlValue& value) {
  value.line = 0;
  value.column = 0;
  for (YamlValue& item : value.items) ForgetPositions(item);
  for (YamlValue::Member& member : value.members) {
    member.line = 0;
    member.column = 0;
    ForgetPositions(member.value);
  }
}

// "a.b[0].c" -> a, b, [0], c. Empty if a part is.
std::vector<std::string> PartsOf(absl::string_view path) {
  std::vector<std::string> parts;
  for (absl::string_view key : absl::StrSplit(path, '.')) {
    const size_t bracket = key.find('[');
    const absl::string_view name = key.substr(0, bracket);
    if (name.empty()) return {};
    parts.emplace_back(name);
    if (bracket != absl::string_view::npos) parts.emplace_back(key.substr(bracket));
  }
  return parts;
}

}  // namespace

std::string OverrideName(const std::string& assignment) {
  return absl::StrCat("--set ", assignment.substr(0, assignment.find('=')));
}

absl::StatusOr<YamlValue> OverrideTree(const std::string& assignment) {
  const std::string option = OverrideName(assignment);
  const size_t equals = assignment.find('=');
  const std::vector<std::string> parts = equals == std::string::npos
                                             ? std::vector<std::string>()
                                             : PartsOf(assignment.substr(0, equals));
  if (parts.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": no path and value; accepted: path=value, such as plan.tensor=4"));
  }
  constexpr size_t kDeepest = 32;
  if (parts.size() > kDeepest) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", parts.size(), " parts; accepted: at most ", kDeepest));
  }
  TESSERA_ASSIGN_OR_RETURN(YamlValue value, ParseYaml(assignment.substr(equals + 1), option));
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    YamlValue map;
    map.kind = YamlValue::Kind::kMap;
    map.members.push_back({.key = *part, .value = std::move(value)});
    value = std::move(map);
  }
  ForgetPositions(value);
  return value;
}

}  // namespace tessera
