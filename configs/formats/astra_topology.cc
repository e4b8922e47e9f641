// network.yml of ASTRA-sim's analytical backends (network_frontend/analytical, NetworkParser.cpp).
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "configs/formats/field_reader.h"
#include "configs/formats/network_description.h"
#include "configs/yaml_tree.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr double kGibibyte = 1073741824;
constexpr int64_t kMostChips = 1 << 20;
constexpr int64_t kMostCables = 1 << 24;

struct Dimension {
  std::string kind;
  int extent = 1;
  Bandwidth bandwidth;
  Duration latency{};
};

absl::StatusOr<std::vector<Dimension>> ReadDimensions(const YamlValue& root,
                                                      const std::string& file) {
  FieldReader fields(file);
  const std::vector<std::string> keys = Words("topology npus_count bandwidth latency");
  if (!fields.Keys(root, "network", keys, keys)) return fields.status();
  TESSERA_RETURN_IF_ERROR(fields.status());
  std::vector<Dimension> dimensions;
  const YamlValue& kinds = *root.Find("topology");
  for (const std::string& key : keys) {
    const YamlValue& list = *root.Find(key);
    if (list.is_list() && !list.items.empty() && list.items.size() == kinds.items.size()) continue;
    fields.Fail(list, absl::StrCat(key, ": ", DescribeYaml(list), " of ", list.items.size(),
                                   " entries; accepted: a list with an entry for each of the ",
                                   kinds.items.size(), " dimensions of topology"));
  }
  TESSERA_RETURN_IF_ERROR(fields.status());
  for (size_t d = 0; d < kinds.items.size(); ++d) {
    Dimension& dimension = dimensions.emplace_back();
    const auto item = [&](const char* key) -> const YamlValue& { return root.Find(key)->items[d]; };
    dimension.kind =
        fields.Name(item("topology"), "topology", "Ring FullyConnected Switch").value_or("");
    const int64_t extent = fields.Count(item("npus_count"), "npus_count").value_or(0);
    const double bandwidth = fields.Amount(item("bandwidth"), "bandwidth").value_or(0);
    const double latency = fields.Amount(item("latency"), "latency").value_or(0);
    if (extent < 2 || extent > kMostChips) {
      fields.Fail(item("npus_count"),
                  absl::StrCat("npus_count: ", extent, "; accepted: 2 to ", kMostChips));
    }
    if (bandwidth <= 0 || bandwidth > 32'000) {
      fields.Fail(item("bandwidth"), "bandwidth: accepted: above 0 and up to 32000 (GiB/s)");
    }
    if (latency > 1e12) fields.Fail(item("latency"), "latency: accepted: up to 1e12 (ns)");
    TESSERA_RETURN_IF_ERROR(fields.status());
    dimension.extent = static_cast<int>(extent);
    dimension.bandwidth = Bandwidth::BytesPerSecond(std::llround(bandwidth * kGibibyte));
    dimension.latency = Duration(std::llround(latency * 1000));
  }
  return dimensions;
}

class GridWriter {
 public:
  explicit GridWriter(const std::vector<Dimension>& dimensions) : dimensions_(dimensions) {
    for (const Dimension& dimension : dimensions) chips_ *= dimension.extent;
  }

  NetworkDescription Write() && {
    const int per_node = dimensions_[0].extent;
    network_.chips_per_node = per_node;
    for (int chip = 0; chip < chips_; ++chip) {
      network_.Add(NetworkDescription::Kind::kChip, absl::StrCat("npu", chip), chip / per_node);
    }
    int stride = 1;
    for (size_t d = 0; d < dimensions_.size(); ++d) {
      const int block = stride * dimensions_[d].extent;
      for (int chip = 0; chip < chips_; ++chip) {
        if (chip % block < stride) AddLine(d, chip, stride);
      }
      stride = block;
    }
    return std::move(network_);
  }

 private:
  // The chips of one line along dimension `d`, from `first` on, `stride` apart.
  void AddLine(size_t d, int first, int stride) {
    const Dimension& dimension = dimensions_[d];
    const auto cable = [&](int a, int b) {
      network_.cables.push_back({.a = a,
                                 .b = b,
                                 .bandwidth = dimension.bandwidth,
                                 .latency = dimension.latency,
                                 .leaves_node = d > 0});
    };
    const int n = dimension.extent;
    const auto chip = [&](int i) { return first + i % n * stride; };
    if (dimension.kind == "Switch") {
      const int hub =
          network_.Add(NetworkDescription::Kind::kSwitch, absl::StrCat("dim", d, "/switch", first),
                       d == 0 ? first / dimensions_[0].extent : -1);
      for (int i = 0; i < n; ++i) cable(chip(i), hub);
      return;
    }
    const bool ring = dimension.kind == "Ring";
    for (int i = 0; i < n; ++i) {
      if (ring && (n > 2 || i == 0)) cable(chip(i), chip(i + 1));
      for (int j = i + 1; !ring && j < n; ++j) cable(chip(i), chip(j));
    }
  }

  const std::vector<Dimension>& dimensions_;
  int chips_ = 1;
  NetworkDescription network_;
};

absl::Status CheckSize(const std::vector<Dimension>& dimensions, const std::string& file) {
  double chips = 1;
  double cables_per_chip = 0;
  for (const Dimension& dimension : dimensions) {
    chips *= dimension.extent;
    cables_per_chip += dimension.kind == "FullyConnected" ? dimension.extent / 2.0 : 1;
  }
  if (chips <= kMostChips && chips * cables_per_chip <= kMostCables) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": ", chips, " chips with ", chips * cables_per_chip,
                   " cables; accepted: ", kMostChips, " chips and ", kMostCables, " cables"));
}

}  // namespace

absl::StatusOr<NetworkDescription> ReadAstraTopology(absl::string_view text,
                                                     const std::string& file) {
  TESSERA_ASSIGN_OR_RETURN(const YamlValue root, ParseYaml(text, file));
  TESSERA_ASSIGN_OR_RETURN(const std::vector<Dimension> dimensions, ReadDimensions(root, file));
  TESSERA_RETURN_IF_ERROR(CheckSize(dimensions, file));
  return GridWriter(dimensions).Write();
}

}  // namespace tessera
