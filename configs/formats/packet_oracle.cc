// Reads what runs in the cases of schema packet-1.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "configs/formats/oracle_schemas.h"

namespace tessera {
namespace {

constexpr int64_t kMostHosts = 100'000;

// The count at `key`, from 1 to `most`; a fault and 1 where it is none.
int64_t RequiredCount(const YamlValue& map, absl::string_view key, int64_t most,
                      FieldReader& fields) {
  const YamlValue* value = map.Find(key);
  if (value == nullptr || value->is_null()) {
    fields.Fail(map, absl::StrCat("key \"", key, "\" is missing; accepted: a whole number"));
    return 1;
  }
  const int64_t count = fields.Count(*value, key).value_or(1);
  if (count >= 1 && count <= most) return count;
  fields.Fail(*value, absl::StrCat(key, ": found ", count, "; accepted: 1 to ", most));
  return 1;
}

// A mapping at `key`; null and a fault where it is none.
const YamlValue* RequiredMap(const YamlValue& map, absl::string_view key, FieldReader& fields) {
  const YamlValue* value = map.Find(key);
  if (value != nullptr && value->is_map()) return value;
  fields.Fail(value == nullptr ? map : *value, absl::StrCat(key, ": accepted: a mapping"));
  return nullptr;
}

std::string RequiredName(const YamlValue& map, absl::string_view key, absl::string_view names,
                         FieldReader& fields) {
  const YamlValue* value = map.Find(key);
  if (value != nullptr) return fields.Name(*value, key, names).value_or("");
  fields.Fail(map, absl::StrCat("key \"", key, "\" is missing; accepted: ", names));
  return "";
}

void ReadNetwork(const YamlValue& topology, PacketOracle& out, FieldReader& fields) {
  const std::string kind = RequiredName(topology, "kind", "leaf_spine fat_tree_3tier", fields);
  const auto count = [&](absl::string_view key) {
    return static_cast<int>(RequiredCount(topology, key, kMostHosts, fields));
  };
  out.hosts = count("hosts");
  out.link_latency_ns = RequiredAmount(topology, "link_latency_ns", fields);
  if (kind == "fat_tree_3tier") {
    out.kind = PacketOracle::Kind::kFatTree;
    out.k = count("k");
    out.host_link_gbps = RequiredAmount(topology, "link_gbps", fields);
    out.uplink_gbps = out.host_link_gbps;
    if (out.k % 2 != 0 || out.k > 128 || out.hosts != out.k * out.k * out.k / 4) {
      fields.Fail(topology, "k: accepted: even, with k^3/4 hosts");
    }
    return;
  }
  out.hosts_per_leaf = count("hosts_per_leaf");
  out.spines = count("spines");
  out.host_link_gbps = RequiredAmount(topology, "host_link_gbps", fields);
  out.uplink_gbps = RequiredAmount(topology, "leaf_spine_link_gbps", fields);
  if (out.hosts % out.hosts_per_leaf != 0) {
    fields.Fail(topology, "hosts: accepted: a multiple of hosts_per_leaf");
  }
}

void ReadFlows(const YamlValue& value, PacketOracle& out, FieldReader& fields) {
  for (const YamlValue& row : RequiredList(value, "flows", fields)) {
    PacketOracle::Flow flow;
    if (row.is_list() && row.items.size() == 3) {
      flow.source = static_cast<int>(fields.Count(row.items[0], "flows: source").value_or(0));
      flow.target = static_cast<int>(fields.Count(row.items[1], "flows: target").value_or(0));
      flow.bytes = fields.Count(row.items[2], "flows: bytes").value_or(0);
    }
    const bool ends = std::max(flow.source, flow.target) < out.hosts && flow.source != flow.target;
    if (!ends || flow.bytes == 0) {
      fields.Fail(row, absl::StrCat("flows: accepted: [source, target, bytes] of different hosts ",
                                    "below ", out.hosts));
    }
    out.flows.push_back(flow);
  }
  if (value.Find("uplink_of_flow") == nullptr) return;
  const std::vector<YamlValue>& uplinks = RequiredList(value, "uplink_of_flow", fields);
  for (size_t f = 0; f < std::min(uplinks.size(), out.flows.size()); ++f) {
    const int64_t uplink = fields.Count(uplinks[f], "uplink_of_flow").value_or(0);
    if (uplink >= out.spines) fields.Fail(uplinks[f], "uplink_of_flow: accepted: below spines");
    out.flows[f].uplink = static_cast<int>(uplink);
  }
}

}  // namespace

PacketOracle ReadPacketInput(const YamlValue& value, const YamlValue& root, FieldReader& fields) {
  constexpr int64_t kMostBytes = int64_t{1} << 40;
  constexpr int64_t kMostSteps = 100'000;
  PacketOracle out;
  if (const YamlValue* topology = RequiredMap(value, "topology", fields)) {
    ReadNetwork(*topology, out, fields);
  }
  out.header_bytes = RequiredCount(root, "header_bytes", kMostBytes, fields);
  out.payload_bytes = RequiredCount(value, "mtu_payload_bytes", kMostBytes, fields);
  out.lossless =
      RequiredName(value, "transport", "lossless_pfc spray_trim", fields) == "lossless_pfc";
  if (value.Find("ring") == nullptr) {
    ReadFlows(value, out, fields);
  } else if (const YamlValue* ring = RequiredMap(value, "ring", fields)) {
    out.ring_hosts = static_cast<int>(RequiredCount(*ring, "hosts", out.hosts, fields));
    if (out.ring_hosts < 2) fields.Fail(*ring, "ring: hosts: accepted: 2 or more");
    out.ring_chunk_bytes = RequiredCount(*ring, "chunk_bytes", kMostBytes, fields);
    out.ring_steps = static_cast<int>(RequiredCount(*ring, "steps", kMostSteps, fields));
  }
  return out;
}

}  // namespace tessera
