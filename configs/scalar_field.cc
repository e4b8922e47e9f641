#include "configs/scalar_field.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/closest_name.h"
#include "configs/quantity.h"
#include "configs/rules.pb.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct ScalarTarget {
  Message& message;
  const FieldDescriptor& field;

  const schema::Rule& rule() const { return field.options().GetExtension(schema::rule); }
};

std::string Bound(double value) {
  const auto whole = static_cast<int64_t>(value);
  return static_cast<double>(whole) == value ? absl::StrCat(whole) : absl::StrCat(value);
}

std::string RangeText(const schema::Rule& rule) {
  if (rule.positive() && rule.has_max()) {
    return absl::StrCat("above 0, at most ", Bound(rule.max()));
  }
  if (rule.positive()) return "above 0";
  if (rule.has_min() && rule.has_max()) {
    return absl::StrCat(Bound(rule.min()), " to ", Bound(rule.max()));
  }
  if (rule.has_max()) return absl::StrCat("at most ", Bound(rule.max()));
  if (rule.has_min()) return absl::StrCat("at least ", Bound(rule.min()));
  return "";
}

absl::Status CheckRange(double value, const schema::Rule& rule) {
  const bool below = (rule.has_min() && value < rule.min()) || (rule.positive() && value <= 0);
  const bool above = rule.has_max() && value > rule.max();
  if (!below && !above) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(below ? "too small" : "too large", "; accepted: ", RangeText(rule)));
}

absl::Status NotAccepted(const FieldDescriptor& field) {
  return absl::InvalidArgumentError(absl::StrCat("accepted: ", AcceptedValue(field)));
}

// Sets a singular field or appends to a repeated one.
void PutInteger(const ScalarTarget& target, int64_t value) {
  const auto* reflection = target.message.GetReflection();
  const bool repeated = target.field.is_repeated();
  switch (target.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto narrow = static_cast<int32_t>(value);
      if (repeated) return reflection->AddInt32(&target.message, &target.field, narrow);
      return reflection->SetInt32(&target.message, &target.field, narrow);
    }
    case FieldDescriptor::CPPTYPE_INT64:
      if (repeated) return reflection->AddInt64(&target.message, &target.field, value);
      return reflection->SetInt64(&target.message, &target.field, value);
    default:
      TESSERA_CHECK(!repeated && target.field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64);
      return reflection->SetUInt64(&target.message, &target.field, static_cast<uint64_t>(value));
  }
}

absl::Status SetInteger(const YamlValue& value, const ScalarTarget& target) {
  int64_t number = 0;
  if (value.quoted || !absl::SimpleAtoi(value.scalar, &number)) return NotAccepted(target.field);
  schema::Rule rule = target.rule();
  if (target.field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 && !rule.has_max()) {
    rule.set_max(std::numeric_limits<int32_t>::max());
  }
  if (!rule.has_min() && !rule.positive()) rule.set_min(0);
  TESSERA_RETURN_IF_ERROR(CheckRange(static_cast<double>(number), rule));
  PutInteger(target, number);
  return absl::OkStatus();
}

void PutNumber(const ScalarTarget& target, double value) {
  const auto* reflection = target.message.GetReflection();
  if (target.field.is_repeated()) {
    reflection->AddDouble(&target.message, &target.field, value);
  } else {
    reflection->SetDouble(&target.message, &target.field, value);
  }
}

absl::Status SetNumber(const YamlValue& value, const ScalarTarget& target) {
  double number = 0;
  if (value.quoted || !absl::SimpleAtod(value.scalar, &number) || !std::isfinite(number)) {
    return NotAccepted(target.field);
  }
  TESSERA_RETURN_IF_ERROR(CheckRange(number, target.rule()));
  PutNumber(target, number);
  return absl::OkStatus();
}

absl::Status SetQuantity(const YamlValue& value, const ScalarTarget& target) {
  const QuantityKind kind = KindOfUnit(target.rule().unit());
  if (IsWholeQuantity(kind)) {
    TESSERA_ASSIGN_OR_RETURN(const int64_t whole, ParseWholeQuantity(value.scalar, kind));
    TESSERA_RETURN_IF_ERROR(CheckRange(static_cast<double>(whole), target.rule()));
    PutInteger(target, whole);
    return absl::OkStatus();
  }
  TESSERA_ASSIGN_OR_RETURN(const double number, ParseQuantity(value.scalar, kind));
  TESSERA_RETURN_IF_ERROR(CheckRange(number, target.rule()));
  PutNumber(target, number);
  return absl::OkStatus();
}

absl::Status SetBool(const YamlValue& value, const ScalarTarget& target) {
  const bool is_true = value.scalar == "true";
  if (value.quoted || (!is_true && value.scalar != "false")) return NotAccepted(target.field);
  const auto* reflection = target.message.GetReflection();
  if (target.field.is_repeated()) {
    reflection->AddBool(&target.message, &target.field, is_true);
  } else {
    reflection->SetBool(&target.message, &target.field, is_true);
  }
  return absl::OkStatus();
}

absl::Status SetEnum(const YamlValue& value, const ScalarTarget& target) {
  const auto& descriptor = *target.field.enum_type();
  for (int i = 0; i < descriptor.value_count(); ++i) {
    if (EnumText(*descriptor.value(i)) != value.scalar) continue;
    const auto* reflection = target.message.GetReflection();
    if (target.field.is_repeated()) {
      reflection->AddEnum(&target.message, &target.field, descriptor.value(i));
    } else {
      reflection->SetEnum(&target.message, &target.field, descriptor.value(i));
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(AcceptedNames(value.scalar, EnumTexts(descriptor)));
}

absl::Status SetText(const YamlValue& value, const ScalarTarget& target) {
  const auto* reflection = target.message.GetReflection();
  if (target.field.is_repeated()) {
    reflection->AddString(&target.message, &target.field, value.scalar);
  } else {
    reflection->SetString(&target.message, &target.field, value.scalar);
  }
  return absl::OkStatus();
}

absl::Status SetByType(const YamlValue& value, const ScalarTarget& target) {
  if (!value.is_scalar()) return NotAccepted(target.field);
  if (target.rule().unit() != schema::UNIT_NONE) return SetQuantity(value, target);
  switch (target.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return SetNumber(value, target);
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(value, target);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(value, target);
    case FieldDescriptor::CPPTYPE_STRING:
      return SetText(value, target);
    default:
      return SetInteger(value, target);
  }
}

}  // namespace

absl::Status SetScalarField(const YamlValue& value, const Position& position, Message& message,
                            const FieldDescriptor& field) {
  const absl::Status set = SetByType(value, {message, field});
  if (set.ok()) return set;
  // The message says what is wrong with the value, or only what would be accepted.
  const bool only_accepted = absl::StartsWith(set.message(), "accepted:") ||
                             absl::StartsWith(set.message(), "did you mean");
  return ErrorAt(position, absl::StrCat(field.name(), ": found ", DescribeYaml(value),
                                        only_accepted ? "; " : ", ", set.message()));
}

std::string AcceptedValue(const FieldDescriptor& field) {
  const schema::Rule& rule = field.options().GetExtension(schema::rule);
  const std::string range = RangeText(rule);
  const std::string suffix = range.empty() ? "" : absl::StrCat(", ", range);
  if (rule.unit() != schema::UNIT_NONE) {
    return absl::StrCat("a number and its unit, such as \"",
                        QuantityExample(KindOfUnit(rule.unit())), "\"");
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat("a finite number", suffix);
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrJoin(EnumTexts(*field.enum_type()), ", ");
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    default:
      return absl::StrCat("a whole number", suffix);
  }
}

QuantityKind KindOfUnit(int unit) {
  TESSERA_CHECK(unit != schema::UNIT_NONE && schema::Unit_IsValid(unit));
  return static_cast<QuantityKind>(unit - 1);  // The enums run in the same order.
}

std::string EnumText(const google::protobuf::EnumValueDescriptor& value) {
  if (value.options().HasExtension(schema::text)) {
    return value.options().GetExtension(schema::text);
  }
  // FIDELITY_FLUID of Fidelity, ALL_CAPS_NAME_X of AllCapsName.
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  TESSERA_CHECK(value.name().rfind(prefix + "_", 0) == 0);
  return absl::AsciiStrToLower(value.name().substr(prefix.size() + 1));
}

std::vector<std::string> EnumTexts(const google::protobuf::EnumDescriptor& descriptor) {
  std::vector<std::string> texts;
  for (int i = 0; i < descriptor.value_count(); ++i) {
    texts.push_back(EnumText(*descriptor.value(i)));
  }
  return texts;
}

}  // namespace tessera
