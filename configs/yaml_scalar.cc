#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/yaml_tree.h"

namespace tessera {
namespace {

enum class PlainType { kText, kInteger, kNumber, kBool };

PlainType TypeOf(const YamlValue& value) {
  if (value.quoted) return PlainType::kText;
  const std::string& text = value.scalar;
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* word : {"true", "false", "yes", "no", "on", "off"}) {
    if (lower == word) return PlainType::kBool;
  }
  const size_t digits = text.find_first_not_of("+-");
  if (digits == std::string::npos) return PlainType::kText;
  if (text.find_first_not_of("0123456789", digits) == std::string::npos) return PlainType::kInteger;
  double ignored = 0;
  const bool starts_like_number =
      absl::ascii_isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.';
  return starts_like_number && absl::SimpleAtod(text, &ignored) ? PlainType::kNumber
                                                                : PlainType::kText;
}

absl::Status TypeError(absl::string_view file, const YamlValue& value, absl::string_view what,
                       absl::string_view accepted) {
  return YamlError(file, value,
                   absl::StrCat(what, ": found ", DescribeYaml(value), "; accepted: ", accepted));
}

}  // namespace

std::string DescribeYaml(const YamlValue& value) {
  switch (value.kind) {
    case YamlValue::Kind::kNull:
      return "null";
    case YamlValue::Kind::kList:
      return "a list";
    case YamlValue::Kind::kMap:
      return "a mapping";
    case YamlValue::Kind::kScalar:
      break;
  }
  if (TypeOf(value) != PlainType::kText) return value.scalar;
  constexpr size_t kShown = 60;
  const bool cut = value.scalar.size() > kShown;
  return absl::StrCat("\"", value.scalar.substr(0, kShown), cut ? "..." : "", "\"");
}

absl::StatusOr<int64_t> YamlInteger(absl::string_view file, const YamlValue& value,
                                    absl::string_view what) {
  int64_t number = 0;
  if (!value.is_scalar() || TypeOf(value) != PlainType::kInteger) {
    return TypeError(file, value, what, "a whole number");
  }
  if (!absl::SimpleAtoi(value.scalar, &number)) {
    return TypeError(file, value, what, "a whole number of at most 63 bits");
  }
  return number;
}

absl::StatusOr<double> YamlNumber(absl::string_view file, const YamlValue& value,
                                  absl::string_view what) {
  double number = 0;
  const bool numeric = value.is_scalar() && (TypeOf(value) == PlainType::kInteger ||
                                             TypeOf(value) == PlainType::kNumber);
  if (!numeric || !absl::SimpleAtod(value.scalar, &number) || !std::isfinite(number)) {
    return TypeError(file, value, what, "a finite number");
  }
  return number;
}

absl::StatusOr<bool> YamlBool(absl::string_view file, const YamlValue& value,
                              absl::string_view what) {
  if (value.is_scalar() && !value.quoted) {
    if (value.scalar == "true") return true;
    if (value.scalar == "false") return false;
  }
  return TypeError(file, value, what, "true or false");
}

absl::StatusOr<std::string> YamlText(absl::string_view file, const YamlValue& value,
                                     absl::string_view what) {
  if (!value.is_scalar() || TypeOf(value) != PlainType::kText) {
    return TypeError(file, value, what, "text");
  }
  return value.scalar;
}

}  // namespace tessera
