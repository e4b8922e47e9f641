#include "configs/formats/json_fields.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace tessera {

const YamlValue* JsonFields::Member(absl::string_view key) const {
  const YamlValue* value = object_.Find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

JsonFields::Found JsonFields::Find(absl::string_view alternatives) const {
  for (const absl::string_view key : absl::StrSplit(alternatives, '|')) {
    if (const YamlValue* value = Member(key); value != nullptr) return {std::string(key), value};
  }
  return {};
}

void JsonFields::Fail(absl::string_view key, absl::string_view message) {
  if (!ok()) return;
  const YamlValue* value = Member(key);
  status_ = YamlError(file_, value == nullptr ? object_ : *value, message);
}

int JsonFields::CountOf(const Found& found, int least) {
  constexpr int kLargest = 1 << 27;
  int number = 0;
  const YamlValue& value = *found.value;
  const bool is_whole =
      value.is_scalar() && !value.quoted && absl::SimpleAtoi(value.scalar, &number);
  if (is_whole && number >= least && number <= kLargest) return number;
  Fail(found.key, absl::StrCat(found.key, ": found ", DescribeYaml(value),
                               "; accepted: a whole number from ", least, " to ", kLargest));
  return least;
}

int JsonFields::Count(absl::string_view key) {
  const Found found = Find(key);
  if (found.value != nullptr) return CountOf(found, 1);
  Fail("", absl::StrCat("no \"", absl::StrReplaceAll(key, {{"|", "\" or \""}}),
                        "\"; accepted: a whole number above 0"));
  return 1;
}

int JsonFields::CountOr(absl::string_view key, int otherwise) {
  const Found found = Find(key);
  return found.value == nullptr ? otherwise : CountOf(found, 0);
}

bool JsonFields::BoolOr(absl::string_view key, bool otherwise) {
  const Found found = Find(key);
  if (found.value == nullptr) return otherwise;
  const YamlValue& value = *found.value;
  const bool plain = value.is_scalar() && !value.quoted;
  if (plain && (value.scalar == "true" || value.scalar == "false")) return value.scalar == "true";
  Fail(found.key,
       absl::StrCat(found.key, ": found ", DescribeYaml(value), "; accepted: true or false"));
  return otherwise;
}

std::string JsonFields::TextOr(absl::string_view key, absl::string_view otherwise) {
  const Found found = Find(key);
  if (found.value == nullptr) return std::string(otherwise);
  if (found.value->is_scalar() && found.value->quoted) return found.value->scalar;
  Fail(found.key, absl::StrCat(found.key, ": found ", DescribeYaml(*found.value),
                               "; accepted: text in quotes"));
  return std::string(otherwise);
}

}  // namespace tessera
