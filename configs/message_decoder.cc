#include "configs/message_decoder.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/closest_name.h"
#include "configs/rules.pb.h"
#include "configs/scalar_field.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kBase = "base";

const schema::Shape& ShapeOf(const Descriptor& descriptor) {
  return descriptor.options().GetExtension(schema::shape);
}

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

std::string Join(const std::string& path, absl::string_view key) {
  return path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
}

// "[3]" -> 3.
bool ParseIndex(absl::string_view key, int& index) {
  if (key.size() < 3 || key.front() != '[' || key.back() != ']') return false;
  return absl::SimpleAtoi(key.substr(1, key.size() - 2), &index) && index >= 0;
}

bool HasIndexKeys(const YamlValue& value) {
  int index = 0;
  return value.is_map() && !value.members.empty() && ParseIndex(value.members[0].key, index);
}

std::string AcceptedMessage(const Descriptor& descriptor) {
  const schema::Shape& shape = ShapeOf(descriptor);
  std::string keys = absl::StrCat("a mapping with ", absl::StrJoin(KeysOf(descriptor), ", "));
  if (!shape.has_catalog()) return keys;
  return absl::StrCat("a name of configs/", shape.catalog(), ", a path, or ", keys);
}

}  // namespace

std::vector<std::string> KeysOf(const Descriptor& descriptor) {
  std::vector<std::string> keys;
  if (ShapeOf(descriptor).has_catalog()) keys.emplace_back(kBase);
  for (int i = 0; i < descriptor.field_count(); ++i) keys.push_back(descriptor.field(i)->name());
  return keys;
}

Position MessageDecoder::PositionOf(const Slot& slot) const {
  return {slot.file, slot.value.line, slot.value.column};
}

absl::Status MessageDecoder::Decode(const YamlValue& value, const std::string& file,
                                    const std::string& path, Message& message) {
  if (value.is_map()) return DecodeMap(value, file, path, message);
  return ErrorAt({file, value.line, value.column},
                 absl::StrCat("found ", value.is_null() ? "nothing" : DescribeYaml(value),
                              "; accepted: ", AcceptedMessage(*message.GetDescriptor())));
}

absl::Status MessageDecoder::DecodeMap(const YamlValue& value, const std::string& file,
                                       const std::string& path, Message& message) {
  const Descriptor& descriptor = *message.GetDescriptor();
  positions_.Set(path, {file, value.line, value.column});
  const bool has_base = ShapeOf(descriptor).has_catalog();
  const YamlValue* base = has_base ? value.Find(kBase) : nullptr;
  if (base != nullptr) {
    const Position from{file, base->line, base->column};
    if (!base->is_scalar()) {
      return ErrorAt(
          from, absl::StrCat("base: found ", DescribeYaml(*base), "; accepted: a name or a path"));
    }
    message.Clear();
    TESSERA_RETURN_IF_ERROR(ReadReference(base->scalar, from, path, message));
    positions_.Set(path, {file, value.line, value.column});
  }
  for (const YamlValue::Member& member : value.members) {
    if (&member.value == base) continue;
    const FieldDescriptor* field = descriptor.FindFieldByName(member.key);
    if (field == nullptr) {
      return ErrorAt({file, member.line, member.column},
                     absl::StrCat("unknown key \"", member.key, "\"; ",
                                  AcceptedNames(member.key, KeysOf(descriptor), 100)));
    }
    TESSERA_RETURN_IF_ERROR(
        DecodeField({member.value, file, Join(path, member.key), message, *field}));
  }
  return absl::OkStatus();
}

absl::Status MessageDecoder::DecodeField(const Slot& slot) {
  positions_.Set(slot.path, PositionOf(slot));
  if (slot.value.is_null()) {
    return ErrorAt(PositionOf(slot), absl::StrCat(slot.field.name(),
                                                  ": found nothing; accepted: a value; leave the "
                                                  "key out where the value is unknown"));
  }
  if (slot.field.is_map()) return DecodeTextMap(slot);
  if (slot.field.is_repeated()) return DecodeList(slot);
  if (!IsMessage(slot.field)) {
    return SetScalarField(slot.value, PositionOf(slot), slot.message, slot.field);
  }
  Message* target = slot.message.GetReflection()->MutableMessage(&slot.message, &slot.field);
  return DecodeMessage(slot, *target);
}

absl::Status MessageDecoder::DecodeMessage(const Slot& slot, Message& target) {
  if (slot.value.is_map()) return DecodeMap(slot.value, slot.file, slot.path, target);
  if (slot.value.is_scalar()) return DecodeScalarForMessage(slot, target);
  return ErrorAt(PositionOf(slot),
                 absl::StrCat(slot.field.name(), ": found ", DescribeYaml(slot.value),
                              "; accepted: ", AcceptedMessage(*target.GetDescriptor())));
}

namespace {

bool HaveOneType(const FieldDescriptor& a, const FieldDescriptor& b) {
  return a.type() == b.type() && a.enum_type() == b.enum_type();
}

}  // namespace

absl::Status MessageDecoder::DecodeScalarForMessage(const Slot& slot, Message& target) {
  const Descriptor& descriptor = *target.GetDescriptor();
  const schema::Shape& shape = ShapeOf(descriptor);
  if (shape.has_catalog()) {
    target.Clear();
    TESSERA_RETURN_IF_ERROR(ReadReference(slot.value.scalar, PositionOf(slot), slot.path, target));
    positions_.Set(slot.path, PositionOf(slot));
    return absl::OkStatus();
  }
  bool taken = false;
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const bool set = shape.scalar_sets_all() ? HaveOneType(field, *descriptor.field(0))
                                             : field.name() == shape.scalar_sets();
    if (!set) continue;
    taken = true;
    const Slot inner{slot.value, slot.file, Join(slot.path, field.name()), target, field};
    TESSERA_RETURN_IF_ERROR(DecodeField(inner));
  }
  if (taken) return absl::OkStatus();
  return ErrorAt(PositionOf(slot),
                 absl::StrCat(slot.field.name(), ": found ", DescribeYaml(slot.value),
                              "; accepted: ", AcceptedMessage(descriptor)));
}

absl::Status MessageDecoder::DecodeList(const Slot& slot) {
  if (HasIndexKeys(slot.value)) return ChangeElements(slot);
  if (!slot.value.is_list()) {
    return ErrorAt(PositionOf(slot), absl::StrCat(slot.field.name(), ": found ",
                                                  DescribeYaml(slot.value), "; accepted: a list"));
  }
  slot.message.GetReflection()->ClearField(&slot.message, &slot.field);
  for (size_t i = 0; i < slot.value.items.size(); ++i) {
    const Slot element{slot.value.items[i], slot.file, absl::StrCat(slot.path, "[", i, "]"),
                       slot.message, slot.field};
    positions_.Set(element.path, PositionOf(element));
    TESSERA_RETURN_IF_ERROR(DecodeElement(element));
  }
  return absl::OkStatus();
}

absl::Status MessageDecoder::DecodeElement(const Slot& slot) {
  if (!IsMessage(slot.field)) {
    return SetScalarField(slot.value, PositionOf(slot), slot.message, slot.field);
  }
  Message* added = slot.message.GetReflection()->AddMessage(&slot.message, &slot.field);
  return DecodeMessage(slot, *added);
}

absl::Status MessageDecoder::ChangeElements(const Slot& slot) {
  const auto* reflection = slot.message.GetReflection();
  const int size = reflection->FieldSize(slot.message, &slot.field);
  for (const YamlValue::Member& member : slot.value.members) {
    int index = 0;
    if (!IsMessage(slot.field) || !ParseIndex(member.key, index) || index >= size) {
      return ErrorAt({slot.file, member.line, member.column},
                     absl::StrCat(slot.field.name(), ": no entry \"", member.key,
                                  "\" to change; accepted: a list, or entries from [0] to [",
                                  size - 1, "] that are mappings"));
    }
    Message* target = reflection->MutableRepeatedMessage(&slot.message, &slot.field, index);
    const Slot element{member.value, slot.file, absl::StrCat(slot.path, member.key), slot.message,
                       slot.field};
    TESSERA_RETURN_IF_ERROR(DecodeMessage(element, *target));
  }
  return absl::OkStatus();
}

absl::Status MessageDecoder::DecodeTextMap(const Slot& slot) {
  if (!slot.value.is_map()) {
    return ErrorAt(PositionOf(slot),
                   absl::StrCat(slot.field.name(), ": found ", DescribeYaml(slot.value),
                                "; accepted: a mapping of names to text"));
  }
  const Descriptor& entry = *slot.field.message_type();
  const auto* reflection = slot.message.GetReflection();
  for (const YamlValue::Member& member : slot.value.members) {
    Message* added = reflection->AddMessage(&slot.message, &slot.field);
    added->GetReflection()->SetString(added, entry.map_key(), member.key);
    TESSERA_RETURN_IF_ERROR(SetScalarField(member.value,
                                           {slot.file, member.value.line, member.value.column},
                                           *added, *entry.map_value()));
  }
  return absl::OkStatus();
}

absl::Status MessageDecoder::ReadReference(const std::string& name, const Position& from,
                                           const std::string& path, Message& message) {
  constexpr int kDeepest = 8;
  if (reference_depth_ == kDeepest) {
    return ErrorAt(from, absl::StrCat("\"", name, "\": more than ", kDeepest,
                                      " descriptions refer to each other; accepted: no cycles"));
  }
  ++reference_depth_;
  absl::Status read = references_.Read(name, from, path, *this, message);
  --reference_depth_;
  return read;
}

namespace {

absl::Status CheckElements(const Message& message, const FieldDescriptor& field,
                           const std::string& path, const PositionTable& positions) {
  const auto* reflection = message.GetReflection();
  if (!field.is_repeated()) {
    return CheckRequired(reflection->GetMessage(message, &field), path, positions);
  }
  for (int i = 0; i < reflection->FieldSize(message, &field); ++i) {
    TESSERA_RETURN_IF_ERROR(CheckRequired(reflection->GetRepeatedMessage(message, &field, i),
                                          absl::StrCat(path, "[", i, "]"), positions));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRequired(const Message& message, const std::string& path,
                           const PositionTable& positions) {
  const Descriptor& descriptor = *message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (field.is_map()) continue;
    const bool present = field.is_repeated() ? reflection->FieldSize(message, &field) > 0
                                             : reflection->HasField(message, &field);
    if (present && IsMessage(field)) {
      TESSERA_RETURN_IF_ERROR(CheckElements(message, field, Join(path, field.name()), positions));
    } else if (!present && field.options().GetExtension(schema::rule).required()) {
      return ErrorAt(
          positions.Of(path),
          absl::StrCat(
              path.empty() ? "" : absl::StrCat(path, ": "), "no \"", field.name(), "\"; accepted: ",
              IsMessage(field) ? AcceptedMessage(*field.message_type()) : AcceptedValue(field)));
    }
  }
  return absl::OkStatus();
}

}  // namespace tessera
