#include "configs/formats/oracle_schemas.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

// One row of `flows`, with its finish time as a point.
void ReadFlow(const YamlValue& row, const YamlValue& root, OracleCase& out, FieldReader& fields) {
  if (!row.is_list() || row.items.size() != 4 || !row.items[2].is_list()) {
    fields.Fail(row, absl::StrCat("flows: found ", DescribeYaml(row),
                                  "; accepted: [start_s, bytes, [links], finish_s]"));
    return;
  }
  FluidOracle& fluid = *out.fluid;
  OracleFlow flow;
  flow.start_s = fields.Amount(row.items[0], "flows: start_s").value_or(0);
  flow.bytes = fields.Amount(row.items[1], "flows: bytes").value_or(0);
  for (const YamlValue& item : row.items[2].items) {
    const int64_t link = fields.Count(item, "flows: link").value_or(0);
    if (link >= static_cast<int64_t>(fluid.link_bytes_per_s.size())) {
      fields.Fail(item, absl::StrCat("flows: found link ", link, "; accepted: below ",
                                     fluid.link_bytes_per_s.size()));
      return;
    }
    flow.links.push_back(static_cast<int>(link));
  }
  const double finish_s = fields.Amount(row.items[3], "flows: finish_s").value_or(0);
  const double relative = RequiredAmount(root, "tolerance_rel", fields);
  const double absolute = RequiredAmount(root, "tolerance_abs_s", fields);
  out.points.push_back({.name = absl::StrCat("flow", fluid.flows.size()),
                        .quantity = "finish",
                        .unit = "s",
                        .expected = finish_s,
                        .tolerance = std::max(relative * (finish_s - flow.start_s), absolute)});
  fluid.flows.push_back(std::move(flow));
}

// Seeds of the runs behind one load: [seed, packet latency, ...] each; 1 if they are not listed.
std::vector<uint64_t> ReadSeeds(const YamlValue& load, FieldReader& fields) {
  if (load.Find("runs") == nullptr) return {1};
  std::vector<uint64_t> seeds;
  for (const YamlValue& run : RequiredList(load, "runs", fields)) {
    if (!run.is_list() || run.items.empty()) {
      fields.Fail(run, absl::StrCat("runs: found ", DescribeYaml(run),
                                    "; accepted: [seed, packet_latency, ...]"));
      continue;
    }
    seeds.push_back(static_cast<uint64_t>(fields.Count(run.items[0], "runs: seed").value_or(0)));
  }
  if (seeds.empty()) fields.Fail(load, "runs: accepted: one or more");
  return seeds;
}

std::map<std::string, std::string> ReadConfig(const YamlValue& value, FieldReader& fields) {
  std::map<std::string, std::string> config;
  const YamlValue* map = value.Find("config");
  if (map == nullptr || !map->is_map()) {
    fields.Fail(map == nullptr ? value : *map, "config: accepted: a mapping");
    return config;
  }
  for (const YamlValue::Member& member : map->members) {
    config[member.key] = member.value.scalar;
  }
  return config;
}

}  // namespace

double RequiredAmount(const YamlValue& map, absl::string_view key, FieldReader& fields) {
  const YamlValue* value = map.Find(key);
  if (value == nullptr || value->is_null()) {
    fields.Fail(map, absl::StrCat("key \"", key, "\" is missing; accepted: a number"));
    return 0;
  }
  return fields.Amount(*value, key).value_or(0);
}

const std::vector<YamlValue>& RequiredList(const YamlValue& map, absl::string_view key,
                                           FieldReader& fields) {
  static const std::vector<YamlValue>& none = *new std::vector<YamlValue>;
  const YamlValue* value = map.Find(key);
  if (value != nullptr && value->is_list()) return value->items;
  fields.Fail(value == nullptr ? map : *value,
              absl::StrCat(key, ": found ", value == nullptr ? "none" : DescribeYaml(*value),
                           "; accepted: a list"));
  return none;
}

void ReadFluidCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                   FieldReader& fields) {
  FluidOracle& fluid = out.fluid.emplace();
  fluid.link_latency_s = RequiredAmount(value, "link_latency_s", fields);
  for (const YamlValue& item : RequiredList(value, "link_bytes_per_s", fields)) {
    const int64_t rate = fields.Count(item, "link_bytes_per_s").value_or(0);
    if (rate == 0) fields.Fail(item, "link_bytes_per_s: accepted: above zero");
    fluid.link_bytes_per_s.push_back(rate);
  }
  for (const YamlValue& row : RequiredList(value, "flows", fields)) {
    ReadFlow(row, root, out, fields);
  }
}

void ReadNocCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                 FieldReader& fields) {
  const double latency_tolerance = RequiredAmount(root, "latency_tolerance_rel", fields);
  const double saturation_tolerance = RequiredAmount(root, "saturation_tolerance_rel", fields);
  NocOracle& noc = out.noc.emplace();
  noc.config = ReadConfig(value, fields);
  for (const YamlValue& load : RequiredList(value, "loads", fields)) {
    noc.loads.push_back(RequiredAmount(load, "load", fields));
    noc.seeds.push_back(ReadSeeds(load, fields));
    const double latency = RequiredAmount(load, "packet_latency", fields);
    const YamlValue* check = load.Find("check");
    OraclePoint& point = out.points.emplace_back();
    point.name = absl::StrCat("load", noc.loads.back());
    point.quantity = "packet_latency";
    point.unit = "cycles";
    point.expected = latency;
    if (check != nullptr && check->scalar == "latency") {
      point.tolerance = latency_tolerance * latency;
    }
  }
  const double saturation = RequiredAmount(value, "saturation_load", fields);
  out.points.push_back({.name = "saturation",
                        .quantity = "saturation_load",
                        .unit = "flits/node/cycle",
                        .expected = saturation,
                        .tolerance = saturation_tolerance * saturation});
}

void ReadPacketCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                    FieldReader& fields) {
  out.packet = ReadPacketInput(value, root, fields);
  const YamlValue* expected = value.Find("expected");
  if (expected == nullptr) return fields.Fail(value, "key \"expected\" is missing");
  const double tolerance = RequiredAmount(*expected, "tolerance_rel", fields);
  const auto add = [&](std::string name, double us) {
    out.points.push_back({.name = std::move(name),
                          .quantity = "finish",
                          .unit = "us",
                          .expected = us,
                          .tolerance = tolerance * us});
  };
  add("last", RequiredAmount(*expected, "last_finish_us", fields));
  if (value.Find("expected_flow_finish_us") == nullptr) return;
  int flow = 0;
  for (const YamlValue& item : RequiredList(value, "expected_flow_finish_us", fields)) {
    add(absl::StrCat("flow", flow++), fields.Amount(item, "expected_flow_finish_us").value_or(0));
  }
  if (static_cast<size_t>(flow) > out.packet->flows.size()) {
    fields.Fail(value, "expected_flow_finish_us: accepted: at most one for each flow");
  }
}

}  // namespace tessera
