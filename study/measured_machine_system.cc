#include "study/measured_machine_system.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

ScaleUpTopology TopologyOf(const std::string& name) {
  static constexpr std::pair<absl::string_view, ScaleUpTopology> kNames[] = {
      {"single", ScaleUpTopology::kSingle},
      {"nvswitch", ScaleUpTopology::kSwitch},
      {"full_mesh", ScaleUpTopology::kFullMesh},
      {"pair", ScaleUpTopology::kPair},
      {"ring", ScaleUpTopology::kRing},
      {"line", ScaleUpTopology::kLine},
      {"mesh2d", ScaleUpTopology::kMesh2d},
      {"torus2d", ScaleUpTopology::kTorus2d},
      {"torus3d", ScaleUpTopology::kTorus3d},
      {"hybrid_cube_mesh", ScaleUpTopology::kHybridCubeMesh},
      {"pcie", ScaleUpTopology::kPcie},
      {"dragonfly", ScaleUpTopology::kDragonfly},
      {"wafer", ScaleUpTopology::kWafer},
  };
  for (const auto& [known, topology] : kNames) {
    if (name == known) return topology;
  }
  TESSERA_CHECK(false);  // The reader refuses other names; "unknown" is never usable.
}

size_t Dimensions(ScaleUpTopology topology) {
  switch (topology) {
    case ScaleUpTopology::kMesh2d:
    case ScaleUpTopology::kTorus2d:
      return 2;
    case ScaleUpTopology::kTorus3d:
      return 3;
    default:
      return 1;
  }
}

// Ascending extents of `dimensions` whose product is `chips`, every one a multiple of `step`, with
// the least sum: the shortest ways and the widest cut. Empty: there are none.
std::vector<int> CompactShape(int chips, size_t dimensions, int step) {
  if (dimensions == 1) {
    return chips % step == 0 ? std::vector<int>{chips} : std::vector<int>{};
  }
  std::vector<int> best;
  int64_t least = 0;
  for (int extent = step; extent <= chips; extent += step) {
    if (chips % extent != 0) continue;
    std::vector<int> shape = CompactShape(chips / extent, dimensions - 1, step);
    if (shape.empty() || extent > shape.front()) continue;
    shape.insert(shape.begin(), extent);
    int64_t sum = 0;
    for (const int e : shape) sum += e;
    if (!best.empty() && sum >= least) continue;
    best = std::move(shape);
    least = sum;
  }
  return best;
}

void SetShape(const MeasuredMachine& machine, SystemSpec& system) {
  // TPU slices of 3D tori are made of cubes of 4 x 4 x 4 chips.
  constexpr int kCubeEdge = 4;
  system.shape = machine.shape;
  if (!system.shape.empty()) return;
  const size_t dimensions = Dimensions(system.scale_up);
  const bool line =
      system.scale_up == ScaleUpTopology::kRing || system.scale_up == ScaleUpTopology::kLine;
  if (dimensions == 1 && !line) return;
  if (dimensions == 3) system.shape = CompactShape(system.chips_per_node, 3, kCubeEdge);
  if (system.shape.empty()) system.shape = CompactShape(system.chips_per_node, dimensions, 1);
}

Bandwidth FromGigabytes(double gigabytes_per_s) {
  return Bandwidth::BytesPerSecond(std::llround(gigabytes_per_s * 1e9));
}

absl::StatusOr<bool> SwitchesReduce(const std::string& link, const Catalog& catalog) {
  for (const std::string& name : catalog.SystemNames()) {
    TESSERA_ASSIGN_OR_RETURN(const SystemSpec known, catalog.LoadSystem(name));
    if (known.scale_up == ScaleUpTopology::kSwitch && known.in_network_reduction &&
        known.scale_up_link && known.scale_up_link->name == link) {
      return true;
    }
  }
  return false;
}

absl::Status SetScaleUp(const MeasuredMachine& machine, const Catalog& catalog,
                        SystemSpec& system) {
  const std::string link = system.chip.scale_up ? system.chip.scale_up->link : "";
  if (!link.empty()) {
    TESSERA_ASSIGN_OR_RETURN(system.scale_up_link, catalog.LoadLink(link));
  }
  if (machine.scale_up_gbytes_per_s) {
    system.scale_up_bandwidth = FromGigabytes(*machine.scale_up_gbytes_per_s);
  }
  if (system.scale_up == ScaleUpTopology::kSwitch && !link.empty()) {
    TESSERA_ASSIGN_OR_RETURN(system.in_network_reduction, SwitchesReduce(link, catalog));
  }
  return absl::OkStatus();
}

absl::Status SetScaleOut(const MeasuredScaleOut& published, const Catalog& catalog,
                         SystemSpec& system) {
  ScaleOutSpec& scale_out = system.scale_out.emplace();
  TESSERA_ASSIGN_OR_RETURN(scale_out.link, catalog.LoadLink(published.link));
  if (published.gbits_per_s_per_nic) {
    scale_out.nic_bandwidth = FromGigabytes(*published.gbits_per_s_per_nic / 8);
  } else if (scale_out.link.bandwidth_per_direction) {
    scale_out.nic_bandwidth = *scale_out.link.bandwidth_per_direction;
  } else if (system.chip.scale_out_bandwidth) {
    scale_out.nic_bandwidth = *system.chip.scale_out_bandwidth;
  } else {
    return absl::UnimplementedError(
        absl::StrCat("the rate of a NIC is neither published nor known "
                     "for the link ",
                     published.link, " or the chip"));
  }
  scale_out.nics_per_node =
      static_cast<int>(published.nics_per_node.value_or(system.chips_per_node));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MeasuredSystem> SystemOfMachine(const MeasuredMachine& machine,
                                               const Catalog& catalog) {
  MeasuredSystem measured;
  SystemSpec& system = measured.system;
  system.name = machine.chip;
  TESSERA_ASSIGN_OR_RETURN(system.chip, catalog.LoadChip(machine.chip));
  system.chips_per_node = static_cast<int>(machine.chips_per_node);
  system.ranks_per_chip = static_cast<int>(machine.ranks_per_chip);
  system.scale_up = TopologyOf(machine.topology);
  measured.chips = static_cast<int>(machine.chips);
  measured.nodes = (measured.chips + system.chips_per_node - 1) / system.chips_per_node;
  SetShape(machine, system);
  TESSERA_RETURN_IF_ERROR(SetScaleUp(machine, catalog, system));
  if (measured.nodes > 1) {
    TESSERA_CHECK(machine.scale_out.has_value());  // The reader refuses usable cases without.
    TESSERA_RETURN_IF_ERROR(SetScaleOut(*machine.scale_out, catalog, system));
  }
  return measured;
}

}  // namespace tessera
