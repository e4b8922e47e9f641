#include "topology/scale_up.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/status_macros.h"
#include "topology/node_wiring.h"

namespace tessera {
namespace {

absl::Status Unknown(const SystemSpec& system, absl::string_view what, absl::string_view remedy) {
  return absl::InvalidArgumentError(
      absl::StrCat("system \"", system.name, "\": ", what, " is unknown; give ", remedy));
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
absl::StatusOr<Bandwidth> UnitBandwidth(const SystemSpec& system, const NodeWiring& wiring) {
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

absl::StatusOr<ScaleUpPlan> PlanDirect(const SystemSpec& system, const NodeWiring& wiring) {
  TESSERA_ASSIGN_OR_RETURN(const Duration latency, LinkLatency(system));
  TESSERA_ASSIGN_OR_RETURN(const Bandwidth unit, UnitBandwidth(system, wiring));
  ScaleUpPlan plan;
  for (const NodeWiring::Pair& pair : wiring.pairs) {
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

absl::StatusOr<ScaleUpPlan> PlanOfSize(const SystemSpec& system, int chips,
                                       const NodeWiring& wiring) {
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
