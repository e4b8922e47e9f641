#include "fabric/noc/noc_traffic.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status BadTraffic(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("traffic: found \"", text,
                   "\"; accepted: uniform, transpose on a square of two dimensions, or "
                   "hotspot({{node,...},{weight,...}})"));
}

// "1,2,3" within [0, end).
absl::StatusOr<std::vector<int>> Numbers(absl::string_view text, int end) {
  std::vector<int> numbers;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    int number = 0;
    if (!absl::SimpleAtoi(part, &number) || number < 0 || number >= end) {
      return absl::InvalidArgumentError(absl::StrCat(
          "traffic: found \"", part, "\"; accepted: whole numbers from 0 to ", end - 1));
    }
    numbers.push_back(number);
  }
  return numbers;
}

// The inside of hotspot(...).
absl::StatusOr<NocTraffic> ParseHotspot(absl::string_view text, const NocParams& params) {
  constexpr int kMostWeight = 1'000'000;
  if (!absl::ConsumePrefix(&text, "{") || !absl::ConsumeSuffix(&text, "}")) return BadTraffic(text);
  if (!absl::StrContains(text, '{')) {
    TESSERA_ASSIGN_OR_RETURN(std::vector<int> targets, Numbers(text, params.nodes()));
    const std::vector<int> weights(targets.size(), 1);
    return NocTraffic::Hotspot(std::move(targets), weights);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, "},{");
  if (parts.size() != 2) return BadTraffic(text);
  TESSERA_ASSIGN_OR_RETURN(std::vector<int> targets,
                           Numbers(absl::StripPrefix(parts[0], "{"), params.nodes()));
  TESSERA_ASSIGN_OR_RETURN(const std::vector<int> weights,
                           Numbers(absl::StripSuffix(parts[1], "}"), kMostWeight));
  const bool any = std::any_of(weights.begin(), weights.end(), [](int w) { return w > 0; });
  if (targets.size() != weights.size() || !any) return BadTraffic(text);
  return NocTraffic::Hotspot(std::move(targets), weights);
}

}  // namespace

NocTraffic NocTraffic::Uniform(int nodes) {
  std::vector<int> targets(static_cast<size_t>(nodes));
  std::iota(targets.begin(), targets.end(), 0);
  return Hotspot(std::move(targets), std::vector<int>(static_cast<size_t>(nodes), 1));
}

NocTraffic NocTraffic::Transpose(int nodes, int extent) {
  TESSERA_CHECK(extent * extent == nodes);
  NocTraffic traffic;
  for (int node = 0; node < nodes; ++node) {
    traffic.target_of_source_.push_back(node % extent * extent + node / extent);
  }
  return traffic;
}

NocTraffic NocTraffic::Hotspot(std::vector<int> targets, const std::vector<int>& weights) {
  TESSERA_CHECK(targets.size() == weights.size());
  NocTraffic traffic;
  traffic.targets_ = std::move(targets);
  int64_t sum = 0;
  for (const int weight : weights) traffic.weight_up_to_.push_back(sum += weight);
  TESSERA_CHECK(sum > 0);
  return traffic;
}

int NocTraffic::Target(int source, RandomStream& random) const {
  if (!target_of_source_.empty()) return target_of_source_[static_cast<size_t>(source)];
  const auto drawn =
      static_cast<int64_t>(random.Below(static_cast<uint64_t>(weight_up_to_.back())));
  const auto place = std::upper_bound(weight_up_to_.begin(), weight_up_to_.end(), drawn);
  return targets_[static_cast<size_t>(place - weight_up_to_.begin())];
}

absl::StatusOr<NocTraffic> ParseNocTraffic(absl::string_view text, const NocParams& params) {
  if (text == "uniform") return NocTraffic::Uniform(params.nodes());
  if (text == "transpose") {
    if (params.dimensions() != 2 || params.extents[0] != params.extents[1]) return BadTraffic(text);
    return NocTraffic::Transpose(params.nodes(), params.extents[0]);
  }
  absl::string_view inside = text;
  if (!absl::ConsumePrefix(&inside, "hotspot(") || !absl::ConsumeSuffix(&inside, ")")) {
    return BadTraffic(text);
  }
  return ParseHotspot(inside, params);
}

}  // namespace tessera
