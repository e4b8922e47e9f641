// The exported JSON Schema accepts every scenario and description that ships, and refuses what is
// structurally wrong. The checker below knows the part of JSON Schema that the export uses.
#include "configs/json_schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/catalog.h"
#include "configs/yaml_tree.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using Json = nlohmann::json;

// Plain scalars by their look, as YAML editors see them.
Json ToJson(const YamlValue& value) {
  Json json;
  if (value.is_list()) {
    json = Json::array();
    for (const YamlValue& item : value.items) json.push_back(ToJson(item));
  } else if (value.is_map()) {
    json = Json::object();
    for (const auto& member : value.members) json[member.key] = ToJson(member.value);
  } else if (value.is_scalar()) {
    double number = 0;
    int64_t whole = 0;
    const std::string& text = value.scalar;
    if (!value.quoted && (text == "true" || text == "false")) return text == "true";
    if (!value.quoted && absl::SimpleAtoi(text, &whole)) return whole;
    if (!value.quoted && absl::SimpleAtod(text, &number)) return number;
    json = text;
  }
  return json;
}

class Checker {
 public:
  explicit Checker(const Json& document) : document_(document) {}

  // The first fault, or "".
  std::string Fault(const Json& value, const Json& schema, const std::string& path = "") const {
    if (schema.contains("$ref")) {
      const Json& target =
          document_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1)));
      if (std::string fault = Fault(value, target, path); !fault.empty()) return fault;
    }
    if (schema.contains("anyOf")) return AnyOf(value, schema, path);
    if (schema.contains("enum") && !Contains(schema["enum"], value)) return path + ": not in enum";
    if (schema.contains("type") && !HasType(value, schema["type"])) {
      return absl::StrCat(path, ": not of type ", schema["type"].dump());
    }
    if (value.is_number()) return NumberFault(value, schema, path);
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_match(value.get<std::string>(),
                          std::regex(schema["pattern"].get<std::string>()))) {
      return absl::StrCat(path, ": does not match ", schema["pattern"].dump());
    }
    if (value.is_array() && schema.contains("items")) return ItemsFault(value, schema, path);
    return value.is_object() ? ObjectFault(value, schema, path) : "";
  }

 private:
  static bool Contains(const Json& list, const Json& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  }

  static bool HasType(const Json& value, const Json& type) {
    if (type.is_array()) {
      return std::any_of(type.begin(), type.end(),
                         [&](const Json& t) { return HasType(value, t); });
    }
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
  }

  static std::string NumberFault(const Json& value, const Json& schema, const std::string& path) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && number < schema["minimum"].get<double>())
      return path + ": below";
    if (schema.contains("maximum") && number > schema["maximum"].get<double>())
      return path + ": above";
    const bool at_bound = schema.contains("exclusiveMinimum") && number <= 0;
    return at_bound ? path + ": not positive" : "";
  }

  std::string AnyOf(const Json& value, const Json& schema, const std::string& path) const {
    std::string last;
    for (const Json& choice : schema["anyOf"]) {
      last = Fault(value, choice, path);
      if (last.empty()) return "";
    }
    return last;
  }

  std::string ItemsFault(const Json& value, const Json& schema, const std::string& path) const {
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string fault = Fault(value[i], schema["items"], absl::StrCat(path, "[", i, "]"));
      if (!fault.empty()) return fault;
    }
    return "";
  }

  // Null: no key of that name.
  static const Json* SchemaOf(const std::string& key, const Json& schema) {
    if (schema.contains("properties") && schema["properties"].contains(key)) {
      return &schema["properties"][key];
    }
    if (schema.contains("patternProperties")) {
      for (const auto& [pattern, inner] : schema["patternProperties"].items()) {
        if (std::regex_search(key, std::regex(pattern))) return &inner;
      }
    }
    const bool open =
        schema.contains("additionalProperties") && schema["additionalProperties"].is_object();
    return open ? &schema["additionalProperties"] : nullptr;
  }

  std::string ObjectFault(const Json& value, const Json& schema, const std::string& path) const {
    if (schema.contains("required")) {
      for (const std::string key : schema["required"]) {
        if (!value.contains(key)) return absl::StrCat(path, ": no ", key);
      }
    }
    if (!schema.contains("additionalProperties")) return "";
    for (const auto& [key, member] : value.items()) {
      const Json* inner = SchemaOf(key, schema);
      if (inner == nullptr) return absl::StrCat(path, ": unknown key ", key);
      const std::string fault = Fault(member, *inner, absl::StrCat(path, ".", key));
      if (!fault.empty()) return fault;
    }
    return "";
  }

  const Json& document_;
};

class JsonSchemaTest : public testing::Test {
 protected:
  std::string FaultOf(const std::string& text, const std::string& definition = "") const {
    const auto tree = ParseYaml(text, "s.yaml");
    if (!tree.ok()) return std::string(tree.status().message());
    const Json& schema = definition.empty() ? document_ : document_["$defs"][definition];
    return Checker(document_).Fault(ToJson(*tree), schema);
  }

  std::string FaultOfFile(const std::string& path, const std::string& definition) const {
    const auto text = ReadTextFile(path);
    return text.ok() ? FaultOf(*text, definition) : std::string(text.status().message());
  }

  Json document_ = Json::parse(ExportJsonSchema());
};

TEST_F(JsonSchemaTest, ShippedScenariosAndDescriptionsAreValid) {
  const Catalog catalog("configs");
  const auto check = [this](const std::vector<std::string>& names, const std::string& folder,
                            const std::string& definition) {
    ASSERT_FALSE(names.empty());
    for (const std::string& name : names) {
      EXPECT_EQ(FaultOfFile(absl::StrCat("configs/", folder, "/", name, ".yaml"), definition), "")
          << name;
    }
  };
  check(catalog.ScenarioNames(), "scenarios", "");
  check(catalog.ChipNames(), "chips", "Chip");
  check(catalog.LinkNames(), "links", "Link");
  check(catalog.ModelNames(), "models", "Model");
  check(catalog.SystemNames(), "systems", "System");
}

TEST_F(JsonSchemaTest, StructuralFaultsAreMarked) {
  const std::string good = "system: box\nmodel: tiny\ninference: {batch: 1, prompt_tokens: 8}\n";
  EXPECT_EQ(FaultOf(good), "");
  EXPECT_EQ(FaultOf("model: tiny\n"), ": no system");
  EXPECT_EQ(FaultOf(good + "plam: {}\n"), ": unknown key plam");
  EXPECT_EQ(FaultOf(good + "nodes: 0\n"), ".nodes: below");
  EXPECT_EQ(FaultOf(good + "nodes: two\n"), ".nodes: not of type \"integer\"");
  EXPECT_EQ(FaultOf(good + "plan: {schedule: best}\n"), ".plan.schedule: not in enum");
  EXPECT_EQ(FaultOf("system: box\ninference: {batch: 1}\n"), ".inference: no prompt_tokens");
  EXPECT_EQ(FaultOf(good + "software: {host_per_step: 3}\n"),
            ".software.host_per_step: not of type \"string\"");
  EXPECT_NE(FaultOf(good + "software: {host_per_step: 3 GB}\n"), "");
  EXPECT_EQ(FaultOf(good + "software: {host_per_step: 3 us}\n"), "");
}

TEST_F(JsonSchemaTest, ShorthandsAndBasesAreValid) {
  EXPECT_EQ(FaultOf("system: {base: box, chip: {memory: {\"[0]\": {bandwidth: 1 TB/s}}}}\n"
                    "fabric: fluid\nmoe_routing: balanced\nplan: auto\n"),
            "");
}

TEST_F(JsonSchemaTest, CommentsAndDefaultsTravelAlong) {
  const Json& plan = document_["$defs"]["Plan"]["properties"];
  EXPECT_EQ(plan["zero_stage"]["description"],
            "1: optimizer states, 2: and gradients, 3: and weights are sharded over data ranks.");
  EXPECT_EQ(plan["tensor"]["default"], 1);
  EXPECT_EQ(plan["overlap_data"]["default"], true);
  EXPECT_EQ(plan["schedule"]["enum"][1], "1f1b");
}

TEST_F(JsonSchemaTest, NamesOfTheCatalogueAreProposed) {
  const Catalog catalog("configs");
  const Json document = Json::parse(ExportJsonSchema(&catalog));
  const Json& names = document["properties"]["system"]["anyOf"][0]["examples"];
  EXPECT_NE(std::find(names.begin(), names.end(), "dgx_h100"), names.end());
}

// The comments of the schema are the user's reference, so that nothing may go without one, except
// where the name says it all.
TEST(SchemaCommentTest, MessagesOfScenariosAreExplained) {
  for (const char* message : {"Scenario", "Chip", "Link", "Model", "System", "Plan", "Inference",
                              "Training", "Collective", "MoeRouting", "Software", "FabricChoice"}) {
    EXPECT_NE(SchemaComment(absl::StrCat("tessera.schema.", message)), "") << message;
  }
  EXPECT_EQ(SchemaComment("tessera.schema.Nothing"), "");
}

}  // namespace
}  // namespace tessera
