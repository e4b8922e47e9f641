// One scalar of YAML into one scalar field of a message: type, unit and range. Private to the room.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "configs/positions.h"
#include "configs/quantity.h"
#include "configs/yaml_tree.h"

namespace google::protobuf {
class EnumDescriptor;
class EnumValueDescriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace tessera {

// Sets the field, or appends to it where it is repeated. Errors carry `position`.
absl::Status SetScalarField(const YamlValue& value, const Position& position,
                            google::protobuf::Message& message,
                            const google::protobuf::FieldDescriptor& field);

// What a field accepts, in words: "a bandwidth with its unit, such as \"450 GB/s\"".
std::string AcceptedValue(const google::protobuf::FieldDescriptor& field);

// The kind of quantity that a unit of the schema (schema::Unit, not UNIT_NONE) stands for.
QuantityKind KindOfUnit(int unit);

// The name of an enum value in YAML.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);
std::vector<std::string> EnumTexts(const google::protobuf::EnumDescriptor& descriptor);

}  // namespace tessera
