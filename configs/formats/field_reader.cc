#include "configs/formats/field_reader.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "configs/closest_name.h"

namespace tessera {

std::vector<std::string> Words(absl::string_view divided_by_spaces) {
  return absl::StrSplit(divided_by_spaces, ' ', absl::SkipEmpty());
}

void FieldReader::SetSubject(absl::string_view subject) {
  subject_ = subject.empty() ? "" : absl::StrCat(subject, ": ");
}

absl::Status FieldReader::status() const {
  if (faults_.empty()) return absl::OkStatus();
  constexpr size_t kShown = 100;
  const size_t shown = std::min(faults_.size(), kShown);
  std::string text =
      absl::StrJoin(faults_.begin(), faults_.begin() + static_cast<int64_t>(shown), "\n");
  if (faults_.size() > shown) {
    absl::StrAppend(&text, "\n", file_, ": and ", faults_.size() - shown, " more faults");
  }
  return absl::InvalidArgumentError(text);
}

bool FieldReader::Keys(const YamlValue& value, absl::string_view where,
                       const std::vector<std::string>& required,
                       const std::vector<std::string>& accepted) {
  if (!value.is_map()) {
    Fail(value, absl::StrCat(where, ": found ", DescribeYaml(value), "; accepted: a mapping"));
    return false;
  }
  for (const std::string& key : required) {
    if (value.Find(key) == nullptr) {
      Fail(value, absl::StrCat(where, ": key \"", key, "\" is missing"));
    }
  }
  for (const YamlValue::Member& member : value.members) {
    if (std::find(accepted.begin(), accepted.end(), member.key) != accepted.end()) continue;
    std::string hint = DidYouMean(member.key, accepted);
    if (hint.empty()) hint = absl::StrCat("; accepted: ", absl::StrJoin(accepted, ", "));
    Fail(member, absl::StrCat(where, ": unknown key \"", member.key, "\"", hint));
  }
  return true;
}

template <typename T>
std::optional<T> FieldReader::Take(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  Add(value.status());
  return std::nullopt;
}

std::optional<int64_t> FieldReader::Count(const YamlValue& value, absl::string_view where) {
  if (value.is_null()) return std::nullopt;
  const auto number = Take(YamlInteger(file_, value, absl::StrCat(subject_, where)));
  if (!number || *number >= 0) return number;
  Fail(value, absl::StrCat(where, ": found ", value.scalar, "; accepted: zero or more"));
  return std::nullopt;
}

std::optional<double> FieldReader::Amount(const YamlValue& value, absl::string_view where) {
  if (value.is_null()) return std::nullopt;
  const auto number = Take(YamlNumber(file_, value, absl::StrCat(subject_, where)));
  if (!number || *number >= 0) return number;
  Fail(value, absl::StrCat(where, ": found ", value.scalar, "; accepted: zero or more"));
  return std::nullopt;
}

std::optional<bool> FieldReader::Bool(const YamlValue& value, absl::string_view where) {
  if (value.is_null()) return std::nullopt;
  return Take(YamlBool(file_, value, absl::StrCat(subject_, where)));
}

std::optional<std::string> FieldReader::Text(const YamlValue& value, absl::string_view where) {
  if (value.is_null()) return std::nullopt;
  return Take(YamlText(file_, value, absl::StrCat(subject_, where)));
}

std::optional<std::string> FieldReader::Name(const YamlValue& value, absl::string_view where,
                                             absl::string_view names) {
  if (value.is_null()) return std::nullopt;
  const std::vector<std::string> accepted = Words(names);
  if (value.is_scalar() &&
      std::find(accepted.begin(), accepted.end(), value.scalar) != accepted.end()) {
    return value.scalar;
  }
  Fail(value, absl::StrCat(where, ": found ", DescribeYaml(value),
                           "; accepted: ", absl::StrJoin(accepted, ", ")));
  return std::nullopt;
}

std::optional<std::string> FieldReader::Key(const YamlValue& value, absl::string_view where,
                                            const std::vector<std::string>& keys,
                                            absl::string_view folder) {
  if (value.is_null()) return std::nullopt;
  if (value.is_scalar() && std::find(keys.begin(), keys.end(), value.scalar) != keys.end()) {
    return value.scalar;
  }
  Fail(value, absl::StrCat(where, ": found ", DescribeYaml(value), "; accepted: a name in ", folder,
                           value.is_scalar() ? DidYouMean(value.scalar, keys) : ""));
  return std::nullopt;
}

}  // namespace tessera
