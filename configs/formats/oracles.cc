#include "configs/formats/oracles.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "configs/formats/oracle_schemas.h"

namespace tessera {
namespace {

// Reads what the cases of one schema hold; `root` for what stands once in the file.
using CaseReader = void (*)(const YamlValue& value, const YamlValue& root, OracleCase& out,
                            FieldReader& fields);

CaseReader ReaderOf(absl::string_view schema) {
  if (schema == "fluid-maxmin-1") return ReadFluidCase;
  if (schema == "astra-parity-1") return ReadAstraCase;
  if (schema == "noc-1") return ReadNocCase;
  if (schema == "packet-1") return ReadPacketCase;
  return nullptr;
}

void ReadCases(const YamlValue& root, CaseReader read, OracleFile& file, FieldReader& fields) {
  const YamlValue* cases = root.Find("cases");
  if (cases == nullptr || !cases->is_list()) {
    fields.Fail(cases == nullptr ? root : *cases, "cases: accepted: a list of cases");
    return;
  }
  for (const YamlValue& value : cases->items) {
    fields.SetSubject("");
    const YamlValue* name = value.Find("name");
    if (name == nullptr || !name->is_scalar()) {
      fields.Fail(value, absl::StrCat("case: found ", DescribeYaml(value),
                                      "; accepted: a mapping with a name"));
      continue;
    }
    OracleCase& c = file.cases.emplace_back();
    c.name = name->scalar;
    fields.SetSubject(c.name);
    read(value, root, c, fields);
  }
}

}  // namespace

absl::string_view OracleSchemas() {
  return "astra-parity-1 calculon-search-1 fluid-maxmin-1 noc-1 packet-1";
}

absl::StatusOr<OracleFile> ReadOracle(const YamlValue& root, absl::string_view file) {
  FieldReader fields(file);
  OracleFile oracle;
  const YamlValue* schema = root.Find("schema");
  if (schema == nullptr || schema->is_null()) {
    fields.Fail(root, absl::StrCat("found ", DescribeYaml(root), " without a schema; accepted: ",
                                   "schema: one of ", OracleSchemas()));
    return fields.status();
  }
  oracle.schema = fields.Name(*schema, "schema", OracleSchemas()).value_or("");
  if (const YamlValue* tool = root.Find("tool")) oracle.tool = tool->scalar;
  if (oracle.schema == "calculon-search-1") {
    ReadSearchCase(root, oracle.cases.emplace_back(), fields);
  } else if (!oracle.schema.empty()) {
    ReadCases(root, ReaderOf(oracle.schema), oracle, fields);
  }
  if (!fields.status().ok()) return fields.status();
  const std::string folder(file.substr(0, file.rfind('/') == file.npos ? 0 : file.rfind('/') + 1));
  for (OracleCase& c : oracle.cases) {
    if (c.astra && !c.astra->trace_prefix.empty()) c.astra->trace_prefix.insert(0, folder);
  }
  return oracle;
}

}  // namespace tessera
