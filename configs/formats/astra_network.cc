#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "configs/formats/astra.h"
#include "configs/formats/field_reader.h"

namespace tessera {
namespace {

constexpr int kMaxNpus = 1 << 20;

// The list at `key`, which holds as many values as there are dimensions; null after a fault.
const std::vector<YamlValue>* DimensionList(const YamlValue& network, absl::string_view key,
                                            FieldReader& fields) {
  const YamlValue* list = network.Find(key);
  if (list == nullptr || !list->is_list() || list->items.empty()) {
    fields.Fail(list == nullptr ? network : *list,
                absl::StrCat(key, ": found ", list == nullptr ? "none" : DescribeYaml(*list),
                             "; accepted: a list with one value a dimension"));
    return nullptr;
  }
  const YamlValue* topology = network.Find("topology");
  if (topology != nullptr && topology->is_list() && topology->items.size() != list->items.size()) {
    fields.Fail(*list, absl::StrCat(key, ": found ", list->items.size(), " values; accepted: ",
                                    topology->items.size(), ", one for each of topology"));
    return nullptr;
  }
  return &list->items;
}

AstraBlock BlockOf(const YamlValue& value, FieldReader& fields) {
  const std::optional<std::string> name =
      fields.Name(value, "topology", "Ring FullyConnected Switch");
  if (name == "FullyConnected") return AstraBlock::kFullyConnected;
  if (name == "Switch") return AstraBlock::kSwitch;
  if (value.is_null()) fields.Fail(value, "topology: accepted: Ring, FullyConnected, Switch");
  return AstraBlock::kRing;
}

int NpusOf(const YamlValue& value, FieldReader& fields) {
  const std::optional<int64_t> count = fields.Count(value, "npus_count");
  if (count && *count >= 2 && *count <= kMaxNpus) return static_cast<int>(*count);
  if (count || value.is_null()) {
    fields.Fail(value, absl::StrCat("npus_count: found ", DescribeYaml(value), "; accepted: 2 to ",
                                    kMaxNpus));
  }
  return 2;
}

double BandwidthOf(const YamlValue& value, FieldReader& fields) {
  const std::optional<double> rate = fields.Amount(value, "bandwidth");
  if (rate && *rate > 0) return *rate;
  if (rate || value.is_null()) fields.Fail(value, "bandwidth: accepted: above zero (GiB/s)");
  return 1;
}

}  // namespace

int AstraNetwork::npus() const {
  int product = 1;
  for (const AstraDimension& dimension : dimensions) product *= dimension.npus;
  return product;
}

AstraNetwork AstraNetworkOf(const YamlValue& value, FieldReader& fields) {
  AstraNetwork network;
  const std::vector<YamlValue>* topology = DimensionList(value, "topology", fields);
  const std::vector<YamlValue>* npus = DimensionList(value, "npus_count", fields);
  const std::vector<YamlValue>* bandwidth = DimensionList(value, "bandwidth", fields);
  const std::vector<YamlValue>* latency = DimensionList(value, "latency", fields);
  if (topology == nullptr || npus == nullptr || bandwidth == nullptr || latency == nullptr) {
    return network;
  }
  int64_t product = 1;
  for (size_t i = 0; i < topology->size(); ++i) {
    network.dimensions.push_back(
        {.block = BlockOf((*topology)[i], fields),
         .npus = NpusOf((*npus)[i], fields),
         .bandwidth_gib_per_s = BandwidthOf((*bandwidth)[i], fields),
         .latency_ns = fields.Amount((*latency)[i], "latency").value_or(0)});
    product *= network.dimensions.back().npus;
    if (product > kMaxNpus) {
      fields.Fail((*npus)[i], absl::StrCat("npus_count: more than ", kMaxNpus, " NPUs in all"));
      break;
    }
  }
  return network;
}

absl::StatusOr<AstraNetwork> ReadAstraNetwork(const YamlValue& root, absl::string_view file) {
  FieldReader fields(file);
  AstraNetwork network = AstraNetworkOf(root, fields);
  if (!fields.status().ok()) return fields.status();
  return network;
}

}  // namespace tessera
