#include "configs/json_schema.h"

#include <google/protobuf/descriptor.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/catalog.h"
#include "configs/quantity.h"
#include "configs/rules.pb.h"
#include "configs/scalar_field.h"
#include "configs/scenario.pb.h"

namespace tessera {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

const schema::Shape& ShapeOf(const Descriptor& message) {
  return message.options().GetExtension(schema::shape);
}

const schema::Rule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(schema::rule);
}

void Describe(const std::string& full_name, Json& schema) {
  const std::string comment = SchemaComment(full_name);
  if (!comment.empty()) schema["description"] = comment;
}

Json Bound(double bound) {
  const auto whole = static_cast<int64_t>(bound);
  return static_cast<double>(whole) == bound ? Json(whole) : Json(bound);
}

Json NumberSchema(const FieldDescriptor& field) {
  const schema::Rule& rule = RuleOf(field);
  const bool is_double = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
  Json schema{{"type", is_double ? "number" : "integer"}};
  if (rule.has_min()) schema["minimum"] = Bound(rule.min());
  if (rule.positive()) schema["exclusiveMinimum"] = 0;
  if (!is_double && !rule.has_min() && !rule.positive()) schema["minimum"] = 0;
  if (rule.has_max()) schema["maximum"] = Bound(rule.max());
  return schema;
}

Json QuantitySchema(QuantityKind kind) {
  const std::string units = absl::StrJoin(QuantityUnits(kind), "|");
  return {{"type", "string"},
          {"pattern",
           absl::StrCat("^[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)? *(", units, ")$")},
          {"examples", {std::string(QuantityExample(kind))}}};
}

Json DefaultOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Bound(field.default_value_double());
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool();
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(*field.default_value_enum());
    case FieldDescriptor::CPPTYPE_STRING:
      return field.default_value_string();
    case FieldDescriptor::CPPTYPE_INT32:
      return field.default_value_int32();
    case FieldDescriptor::CPPTYPE_UINT64:
      return field.default_value_uint64();
    default:
      return field.default_value_int64();
  }
}

class Exporter {
 public:
  explicit Exporter(const Catalog* catalog) : catalog_(catalog) {}

  Json Export(const Descriptor& root) {
    Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                  {"title", "Tessera scenario"}};
    document.update(MappingSchema(root, /*complete=*/true));
    for (size_t i = 0; i < queue_.size(); ++i) Define(queue_[i]);
    document["$defs"] = defs_;
    return document;
  }

 private:
  struct Use {
    const Descriptor* message;
    bool complete;  // No base fills what is left out.
  };

  void Define(Use use) {  // A copy: the queue grows meanwhile.
    defs_[use.message->name()] = MappingSchema(*use.message, use.complete);
  }

  Json Reference(const Descriptor& message, bool complete) {
    if (seen_.insert(message.name()).second) queue_.push_back({&message, complete});
    return {{"$ref", absl::StrCat("#/$defs/", message.name())}};
  }

  std::vector<std::string> NamesOf(const std::string& kind) const {
    if (catalog_ == nullptr) return {};
    if (kind == "chips") return catalog_->ChipNames();
    if (kind == "links") return catalog_->LinkNames();
    if (kind == "models") return catalog_->ModelNames();
    if (kind == "exchange_kernels") return catalog_->ExchangeKernelNames();
    return kind == "systems" ? catalog_->SystemNames() : catalog_->LibraryNames();
  }

  // A name of the catalogue or a path.
  Json NameSchema(const std::string& kind) const {
    Json schema{{"type", "string"},
                {"description", absl::StrCat("A name of configs/", kind, ", or a path.")}};
    const std::vector<std::string> names = NamesOf(kind);
    if (!names.empty()) schema["examples"] = names;
    return schema;
  }

  Json MessageSchema(const Descriptor& message, bool complete) {
    const schema::Shape& shape = ShapeOf(message);
    Json mapping = Reference(message, complete && !shape.has_catalog());
    if (shape.has_catalog()) {
      return {{"anyOf", Json::array({NameSchema(shape.catalog()), mapping})}};
    }
    const FieldDescriptor* shorthand = nullptr;
    if (shape.has_scalar_sets()) shorthand = message.FindFieldByName(shape.scalar_sets());
    if (shape.scalar_sets_all()) shorthand = message.field(0);
    if (shorthand == nullptr) return mapping;
    return {{"anyOf", Json::array({ValueSchema(*shorthand, complete), mapping})}};
  }

  // Of one value, whether or not the field is a list of them.
  Json ValueSchema(const FieldDescriptor& field, bool complete) {
    const schema::Rule& rule = RuleOf(field);
    if (rule.unit() != schema::UNIT_NONE) return QuantitySchema(KindOfUnit(rule.unit()));
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return MessageSchema(*field.message_type(), complete);
      case FieldDescriptor::CPPTYPE_BOOL:
        return {{"type", "boolean"}};
      case FieldDescriptor::CPPTYPE_ENUM:
        return {{"enum", EnumTexts(*field.enum_type())}};
      case FieldDescriptor::CPPTYPE_STRING:
        return {{"type", "string"}};
      default:
        return NumberSchema(field);
    }
  }

  Json FieldSchema(const FieldDescriptor& field, bool complete) {
    Json schema;
    if (field.is_map()) {
      schema = {{"type", "object"}, {"additionalProperties", {{"type", {"string", "number"}}}}};
    } else if (!field.is_repeated()) {
      schema = ValueSchema(field, complete);
      if (field.has_default_value() && RuleOf(field).unit() == schema::UNIT_NONE) {
        schema["default"] = DefaultOf(field);
      }
    } else {
      const Json element = ValueSchema(field, complete);
      const Json list{{"type", "array"}, {"items", element}};
      const Json changes{{"type", "object"},
                         {"patternProperties", {{"^\\[[0-9]+\\]$", element}}},
                         {"additionalProperties", false}};
      schema = complete ? list : Json{{"anyOf", Json::array({list, changes})}};
    }
    Describe(field.full_name(), schema);
    return schema;
  }

  Json MappingSchema(const Descriptor& message, bool complete) {
    Json schema{{"type", "object"}};
    Describe(message.full_name(), schema);
    Json& properties = schema["properties"] = Json::object();
    const schema::Shape& shape = ShapeOf(message);
    if (shape.has_catalog()) properties["base"] = NameSchema(shape.catalog());
    const bool complete_inside = complete && !shape.has_catalog();
    std::vector<std::string> required;
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      properties[field.name()] = FieldSchema(field, complete_inside);
      if (complete_inside && RuleOf(field).required()) required.push_back(field.name());
    }
    if (!required.empty()) schema["required"] = required;
    schema["additionalProperties"] = false;
    return schema;
  }

  const Catalog* catalog_;
  Json defs_ = Json::object();
  std::set<std::string> seen_;
  std::vector<Use> queue_;
};

}  // namespace

std::string ExportJsonSchema(const Catalog* catalog) {
  return Exporter(catalog).Export(*schema::Scenario::descriptor()).dump(2) + "\n";
}

}  // namespace tessera
