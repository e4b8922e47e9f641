#include <optional>

#include "absl/strings/str_cat.h"
#include "configs/formats/astra.h"
#include "configs/formats/oracle_schemas.h"

namespace tessera {
namespace {

const YamlValue& Part(const YamlValue& map, absl::string_view key, FieldReader& fields) {
  static const YamlValue& nothing = *new YamlValue;
  const YamlValue* value = map.Find(key);
  if (value != nullptr) return *value;
  fields.Fail(map, absl::StrCat("key \"", key, "\" is missing"));
  return nothing;
}

AstraCollective CollectiveOf(absl::string_view name) {
  for (int i = 0; i < kAstraCollectives; ++i) {
    const auto collective = static_cast<AstraCollective>(i);
    if (AstraCollectiveName(collective) == name) return collective;
  }
  return AstraCollective::kAllReduce;
}

void ReadWorkload(const YamlValue& workload, AstraOracle& out, FieldReader& fields) {
  if (workload.is_null()) return;
  const YamlValue& kind = Part(workload, "kind", fields);
  if (fields.Name(kind, "workload: kind", "collective chakra_et") == "chakra_et") {
    out.trace_prefix =
        fields.Text(Part(workload, "prefix", fields), "workload: prefix").value_or("");
    return;
  }
  out.collective = CollectiveOf(fields
                                    .Name(Part(workload, "type", fields), "workload: type",
                                          "all_reduce all_gather reduce_scatter all_to_all")
                                    .value_or(""));
  out.bytes = fields.Count(Part(workload, "bytes", fields), "workload: bytes").value_or(0);
}

void ReadInputs(const YamlValue& value, AstraOracle& out, FieldReader& fields) {
  out.congestion_aware =
      fields.Name(Part(value, "model", fields), "model", "aware unaware") == "aware";
  out.network = AstraNetworkOf(Part(value, "network", fields), fields);
  out.system = AstraSystemOf(Part(value, "system", fields), fields);
  if (const YamlValue* groups = value.Find("comm_groups")) {
    out.groups = AstraGroupsOf(*groups, out.network.npus(), fields);
  }
  ReadWorkload(Part(value, "workload", fields), out, fields);
}

}  // namespace

void ReadAstraCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                   FieldReader& fields) {
  const double tolerance = RequiredAmount(root, "tolerance_ns", fields);
  ReadInputs(value, out.astra.emplace(), fields);
  const YamlValue* expected = value.Find("expected");
  if (expected == nullptr) return fields.Fail(value, "key \"expected\" is missing");
  const auto add = [&](std::string name, double ns) {
    out.points.push_back({.name = std::move(name),
                          .quantity = "time",
                          .unit = "ns",
                          .expected = ns,
                          .tolerance = tolerance});
  };
  for (const char* key : {"max_ns", "min_ns"}) add(key, RequiredAmount(*expected, key, fields));
  for (const char* key : {"per_rank_ns", "per_rank_exposed_ns"}) {
    if (expected->Find(key) == nullptr) continue;
    int rank = 0;
    for (const YamlValue& item : RequiredList(*expected, key, fields)) {
      add(absl::StrCat(key, "/", rank++), fields.Amount(item, key).value_or(0));
    }
  }
}

}  // namespace tessera
