// Remote memory and communicator groups.
#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "configs/formats/astra.h"
#include "configs/formats/field_reader.h"

namespace tessera {
namespace {

constexpr int kMaxGroup = 2'000;  // Beyond, the numbers of its chunks would overflow.

AstraMemory KindOf(const YamlValue& value, FieldReader& fields) {
  const std::optional<std::string> name = fields.Name(
      value, "memory-type",
      "NO_MEMORY_EXPANSION PER_NODE_MEMORY_EXPANSION PER_NPU_MEMORY_EXPANSION MEMORY_POOL");
  if (name == "PER_NODE_MEMORY_EXPANSION") return AstraMemory::kPerNode;
  if (name == "PER_NPU_MEMORY_EXPANSION") return AstraMemory::kPerNpu;
  if (name == "MEMORY_POOL") return AstraMemory::kPool;
  return AstraMemory::kNone;
}

int64_t CountAt(const YamlValue& root, absl::string_view key, FieldReader& fields) {
  const YamlValue* value = root.Find(key);
  if (value == nullptr) return 0;
  const int64_t count = fields.Count(*value, key).value_or(0);
  if (count <= 1'000'000'000) return count;
  fields.Fail(*value, absl::StrCat(key, ": found ", count, "; accepted: up to 1000000000"));
  return 0;
}

std::vector<int> RanksOf(const YamlValue& list, int npus, FieldReader& fields) {
  std::vector<int> ranks;
  if (!list.is_list() || list.items.empty()) {
    fields.Fail(list, absl::StrCat("group: found ", DescribeYaml(list), "; accepted: its ranks"));
    return ranks;
  }
  for (const YamlValue& item : list.items) {
    const int64_t rank = fields.Count(item, "group: rank").value_or(npus);
    if (rank >= npus) {
      fields.Fail(item, absl::StrCat("group: found ", DescribeYaml(item),
                                     "; accepted: ranks below ", npus));
      continue;
    }
    if (std::find(ranks.begin(), ranks.end(), rank) != ranks.end()) {
      fields.Fail(item, absl::StrCat("group: rank ", rank, " is there twice"));
    }
    ranks.push_back(static_cast<int>(rank));
  }
  return ranks;
}

}  // namespace

absl::StatusOr<AstraRemoteMemory> ReadAstraRemoteMemory(const YamlValue& root,
                                                        absl::string_view file) {
  FieldReader fields(file);
  AstraRemoteMemory memory;
  const YamlValue* kind = root.Find("memory-type");
  if (kind == nullptr || kind->is_null()) {
    fields.Fail(root, "key \"memory-type\" is missing; accepted: NO_MEMORY_EXPANSION, ...");
    return fields.status();
  }
  memory.kind = KindOf(*kind, fields);
  memory.latency_ns = CountAt(root, "remote-mem-latency", fields);
  if (const YamlValue* rate = root.Find("remote-mem-bw")) {
    memory.bandwidth_gb_per_s = fields.Amount(*rate, "remote-mem-bw").value_or(0);
  }
  memory.nodes = static_cast<int>(CountAt(root, "num-nodes", fields));
  memory.npus_per_node = static_cast<int>(CountAt(root, "num-npus-per-node", fields));
  if (memory.kind != AstraMemory::kNone && memory.bandwidth_gb_per_s == 0) {
    fields.Fail(root, "remote-mem-bw: found none; accepted: bytes/ns, above zero");
  }
  if (memory.kind == AstraMemory::kPerNode && (memory.nodes == 0 || memory.npus_per_node == 0)) {
    fields.Fail(root, "num-nodes and num-npus-per-node: accepted: above zero");
  }
  if (!fields.status().ok()) return fields.status();
  return memory;
}

AstraGroups AstraGroupsOf(const YamlValue& value, int npus, FieldReader& fields) {
  AstraGroups groups;
  if (!value.is_map()) {
    fields.Fail(value, absl::StrCat("found ", DescribeYaml(value),
                                    "; accepted: an object of group number: ranks"));
    return groups;
  }
  for (const YamlValue::Member& member : value.members) {
    int id = 0;
    if (!absl::SimpleAtoi(member.key, &id) || id < 1 || id > kMaxGroup) {
      fields.Fail(member, absl::StrCat("group: found \"", member.key,
                                       "\"; accepted: a number from 1 to ", kMaxGroup));
      continue;
    }
    if (!groups.emplace(id, RanksOf(member.value, npus, fields)).second) {
      fields.Fail(member, absl::StrCat("group: ", id, " is there twice"));
    }
  }
  return groups;
}

absl::StatusOr<AstraGroups> ReadAstraGroups(const YamlValue& root, absl::string_view file,
                                            int npus) {
  FieldReader fields(file);
  AstraGroups groups = AstraGroupsOf(root, npus, fields);
  if (!fields.status().ok()) return fields.status();
  return groups;
}

absl::string_view AstraCollectiveName(AstraCollective collective) {
  constexpr absl::string_view kNames[kAstraCollectives] = {"all_reduce", "all_gather",
                                                           "reduce_scatter", "all_to_all"};
  return kNames[static_cast<size_t>(collective)];
}

}  // namespace tessera
