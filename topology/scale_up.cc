#include "topology/scale_up.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status Unknown(const SystemSpec& system, absl::string_view what, absl::string_view remedy) {
  return absl::InvalidArgumentError(
      absl::StrCat("system \"", system.name, "\": ", what, " is unknown; give ", remedy));
}

// Neighbours of one kind of node graph: pairs of chips and how many parallel units join them.
struct Wiring {
  struct Pair {
    int a = 0;
    int b = 0;
    int units = 1;
  };
  std::vector<Pair> pairs = {};
  int ports = 1;  // Units at a chip that has them all.
};

// Units at the best-connected chip.
int MostUnits(const Wiring& wiring, int chips) {
  std::vector<int> units(static_cast<size_t>(chips), 0);
  for (const Wiring::Pair& pair : wiring.pairs) {
    units[static_cast<size_t>(pair.a)] += pair.units;
    units[static_cast<size_t>(pair.b)] += pair.units;
  }
  return *std::max_element(units.begin(), units.end());
}

Wiring WireFullMesh(int chips) {
  Wiring wiring{.ports = chips - 1};
  for (int a = 0; a < chips; ++a) {
    for (int b = a + 1; b < chips; ++b) wiring.pairs.push_back({a, b});
  }
  return wiring;
}

Wiring WireGrid(const std::vector<int>& extents, bool wraps) {
  int chips = 1;
  for (const int extent : extents) chips *= extent;
  Wiring wiring{.ports = chips == 2 ? 1 : 2 * static_cast<int>(extents.size())};
  int stride = 1;
  for (const int extent : extents) {
    for (int chip = 0; chip < chips; ++chip) {
      const int x = chip / stride % extent;
      if (x + 1 < extent) wiring.pairs.push_back({chip, chip + stride});
      if (x + 1 == extent && wraps && extent > 2) {
        wiring.pairs.push_back({chip - x * stride, chip});
      }
    }
    stride *= extent;
  }
  return wiring;
}

// DGX-1V: two quads, each fully joined, and one link between the quads per chip; six NVLinks a
// chip, some doubled. Source: NVIDIA DGX-1 with Tesla V100 system architecture (WP-08437),
// figure 4.
Wiring WireHybridCubeMesh() {
  return {.pairs = {{0, 1, 1},
                    {0, 2, 1},
                    {0, 3, 2},
                    {1, 2, 2},
                    {1, 3, 1},
                    {2, 3, 2},
                    {4, 5, 1},
                    {4, 6, 1},
                    {4, 7, 2},
                    {5, 6, 2},
                    {5, 7, 1},
                    {6, 7, 2},
                    {0, 4, 2},
                    {1, 5, 2},
                    {2, 6, 1},
                    {3, 7, 1}},
          .ports = 6};
}

// Groq: groups of eight chips fully joined by 7 links each; 4 more links of every chip go to other
// groups, dealt out so that the pairs of groups get equal numbers. Source: "Software-defined Tensor
// Streaming Multiprocessor", ISCA 2022.
constexpr int kDragonflyGroup = 8;
constexpr int kDragonflyGlobalLinks = 4;
Wiring WireDragonfly(int chips) {
  Wiring wiring{.ports = kDragonflyGroup - 1 + kDragonflyGlobalLinks};
  for (int a = 0; a < chips; ++a) {
    const int group_end = (a / kDragonflyGroup + 1) * kDragonflyGroup;
    for (int b = a + 1; b < std::min(group_end, chips); ++b) wiring.pairs.push_back({a, b});
  }
  const int groups = (chips + kDragonflyGroup - 1) / kDragonflyGroup;
  if (groups < 2) return wiring;
  const int per_pair = std::max(1, kDragonflyGroup * kDragonflyGlobalLinks / (groups - 1));
  std::vector<int> used(static_cast<size_t>(groups), 0);  // Global ports taken, of each group.
  for (int g = 0; g < groups; ++g) {
    for (int h = g + 1; h < groups; ++h) {
      for (int i = 0; i < per_pair; ++i) {
        const int a = used[static_cast<size_t>(g)]++ % kDragonflyGroup;
        const int b = used[static_cast<size_t>(h)]++ % kDragonflyGroup;
        wiring.pairs.push_back(
            {g * kDragonflyGroup + a, std::min(h * kDragonflyGroup + b, chips - 1)});
      }
    }
  }
  return wiring;
}

// The given shape, or the most even one of that many dimensions.
absl::StatusOr<std::vector<int>> GridExtents(const SystemSpec& system, size_t dimensions) {
  std::vector<int> extents = system.shape;
  if (extents.empty()) {
    int rest = system.chips_per_node;
    for (size_t left = dimensions; left > 1; --left) {
      int best = 1;
      for (int64_t d = 1; d <= rest; ++d) {
        int64_t power = 1;
        for (size_t i = 0; i < left; ++i) power *= d;
        if (power > rest) break;
        if (rest % d == 0) best = static_cast<int>(d);
      }
      extents.push_back(best);
      rest /= best;
    }
    extents.push_back(rest);
  }
  int64_t product = 1;
  for (const int extent : extents) product *= extent;
  if (product != system.chips_per_node || extents.size() > dimensions) {
    return absl::InvalidArgumentError(absl::StrCat(
        "system \"", system.name, "\": shape [", absl::StrJoin(extents, ", "), "] does not give ",
        system.chips_per_node, " chips in at most ", dimensions, " dimensions"));
  }
  return extents;
}

bool LinkIsOfChip(const SystemSpec& system) {
  return system.chip.scale_up.has_value() &&
         (!system.scale_up_link.has_value() ||
          system.scale_up_link->name == system.chip.scale_up->link);
}

double PayloadEfficiency(const SystemSpec& system) {
  if (system.scale_up_link.has_value() && system.scale_up_link->payload_efficiency.has_value()) {
    return *system.scale_up_link->payload_efficiency;
  }
  return LinkIsOfChip(system) ? system.chip.scale_up->achieved_fraction : 1;
}

// Rate of all scale-up links of one chip, and how many they are (0: not known).
struct ChipRate {
  Bandwidth total;
  int links = 0;
};

std::optional<ChipRate> RateOfLink(const LinkSpec& link) {
  const int links = link.links_per_chip.value_or(0);
  if (link.chip_bandwidth_per_direction.has_value()) {
    return ChipRate{*link.chip_bandwidth_per_direction, links};
  }
  if (!link.bandwidth_per_direction.has_value()) return std::nullopt;
  const int count = std::max(links, 1);
  return ChipRate{*link.bandwidth_per_direction * count, count};
}

absl::StatusOr<ChipRate> RateOfChip(const SystemSpec& system) {
  if (LinkIsOfChip(system) && system.chip.scale_up->bandwidth_per_direction.has_value()) {
    return ChipRate{*system.chip.scale_up->bandwidth_per_direction,
                    system.chip.scale_up->links_per_chip.value_or(0)};
  }
  if (system.scale_up_link.has_value()) {
    if (const auto rate = RateOfLink(*system.scale_up_link)) return *rate;
  }
  if (system.scale_up == ScaleUpTopology::kPcie && system.chip.host_bandwidth.has_value()) {
    return ChipRate{*system.chip.host_bandwidth, 1};
  }
  return Unknown(system, "the scale-up bandwidth of a chip",
                 "scale_up_bandwidth, or a link or chip that has one");
}

// Payload rate of one unit of the wiring.
absl::StatusOr<Bandwidth> UnitBandwidth(const SystemSpec& system, const Wiring& wiring) {
  const double efficiency = PayloadEfficiency(system);
  if (system.scale_up_bandwidth.has_value()) {
    const int units = MostUnits(wiring, system.chips_per_node);
    return system.scale_up_bandwidth->Scaled(efficiency / units);
  }
  TESSERA_ASSIGN_OR_RETURN(const ChipRate rate, RateOfChip(system));
  if (rate.links < wiring.ports) return rate.total.Scaled(efficiency / wiring.ports);
  const int links_per_unit = rate.links / wiring.ports;
  return rate.total.Scaled(efficiency * links_per_unit / rate.links);
}

absl::StatusOr<Duration> LinkLatency(const SystemSpec& system) {
  if (!system.scale_up_link.has_value() || !system.scale_up_link->latency.has_value()) {
    return Unknown(system, "the scale-up latency", "a scale_up_link with a latency");
  }
  return *system.scale_up_link->latency;
}

absl::StatusOr<ScaleUpPlan> PlanSwitch(const SystemSpec& system) {
  TESSERA_ASSIGN_OR_RETURN(const Duration latency, LinkLatency(system));
  const Duration through_switch = system.scale_up_link->switch_latency.value_or(Duration::zero());
  Bandwidth bandwidth;
  if (system.scale_up_bandwidth.has_value()) {
    bandwidth = *system.scale_up_bandwidth;
  } else {
    TESSERA_ASSIGN_OR_RETURN(const ChipRate rate, RateOfChip(system));
    bandwidth = rate.total;
  }
  ScaleUpPlan plan;
  plan.has_switch = true;
  const Duration first_half = latency / 2;
  for (int chip = 0; chip < system.chips_per_node; ++chip) {
    plan.cables.push_back({.a = chip,
                           .b = system.chips_per_node,
                           .bandwidth = bandwidth.Scaled(PayloadEfficiency(system)),
                           .latency_to_b = first_half + through_switch,
                           .latency_to_a = latency - first_half});
  }
  return plan;
}

absl::StatusOr<ScaleUpPlan> PlanDirect(const SystemSpec& system, const Wiring& wiring) {
  TESSERA_ASSIGN_OR_RETURN(const Duration latency, LinkLatency(system));
  TESSERA_ASSIGN_OR_RETURN(const Bandwidth unit, UnitBandwidth(system, wiring));
  ScaleUpPlan plan;
  for (const Wiring::Pair& pair : wiring.pairs) {
    plan.cables.push_back({.a = pair.a,
                           .b = pair.b,
                           .bandwidth = unit * pair.units,
                           .latency_to_b = latency,
                           .latency_to_a = latency});
  }
  return plan;
}

absl::StatusOr<ScaleUpPlan> PlanGrid(const SystemSpec& system, size_t dimensions, bool wraps) {
  TESSERA_ASSIGN_OR_RETURN(const std::vector<int> extents, GridExtents(system, dimensions));
  TESSERA_ASSIGN_OR_RETURN(ScaleUpPlan plan, PlanDirect(system, WireGrid(extents, wraps)));
  plan.extents = extents;
  plan.wraps = wraps;
  return plan;
}

absl::StatusOr<ScaleUpPlan> PlanOfSize(const SystemSpec& system, int chips, const Wiring& wiring) {
  if (system.chips_per_node != chips) {
    return absl::InvalidArgumentError(absl::StrCat("system \"", system.name,
                                                   "\": chips_per_node is ", system.chips_per_node,
                                                   "; this scale-up topology has ", chips));
  }
  return PlanDirect(system, wiring);
}

}  // namespace

absl::StatusOr<ScaleUpPlan> PlanScaleUp(const SystemSpec& system) {
  if (system.chips_per_node == 1) return ScaleUpPlan{};
  switch (system.scale_up) {
    case ScaleUpTopology::kSwitch:
    case ScaleUpTopology::kPcie:
      return PlanSwitch(system);
    case ScaleUpTopology::kFullMesh:
      return PlanDirect(system, WireFullMesh(system.chips_per_node));
    case ScaleUpTopology::kPair:
      return PlanOfSize(system, 2, WireFullMesh(2));
    case ScaleUpTopology::kHybridCubeMesh:
      return PlanOfSize(system, 8, WireHybridCubeMesh());
    case ScaleUpTopology::kDragonfly:
      return PlanDirect(system, WireDragonfly(system.chips_per_node));
    case ScaleUpTopology::kRing:
      return PlanGrid(system, 1, /*wraps=*/true);
    case ScaleUpTopology::kLine:
      return PlanGrid(system, 1, /*wraps=*/false);
    case ScaleUpTopology::kMesh2d:
      return PlanGrid(system, 2, /*wraps=*/false);
    case ScaleUpTopology::kTorus2d:
      return PlanGrid(system, 2, /*wraps=*/true);
    case ScaleUpTopology::kTorus3d:
      return PlanGrid(system, 3, /*wraps=*/true);
    case ScaleUpTopology::kSingle:
    case ScaleUpTopology::kWafer:
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("system \"", system.name, "\": ", system.chips_per_node,
                   " chips in a node without scale-up links; give a scale_up topology or "
                   "chips_per_node: 1"));
}

}  // namespace tessera
