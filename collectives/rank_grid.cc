#include "collectives/rank_grid.h"

#include <algorithm>

namespace tessera {
namespace {

bool IsGrid(ScaleUpTopology topology) {
  switch (topology) {
    case ScaleUpTopology::kPair:
    case ScaleUpTopology::kRing:
    case ScaleUpTopology::kLine:
    case ScaleUpTopology::kMesh2d:
    case ScaleUpTopology::kTorus2d:
    case ScaleUpTopology::kTorus3d:
      return true;
    default:
      return false;
  }
}

bool Wraps(ScaleUpTopology topology) {
  return topology == ScaleUpTopology::kRing || topology == ScaleUpTopology::kTorus2d ||
         topology == ScaleUpTopology::kTorus3d;
}

std::vector<int> ShapeOf(const SystemSpec& system) {
  if (!system.shape.empty()) return system.shape;
  const bool one_dimension = system.scale_up == ScaleUpTopology::kPair ||
                             system.scale_up == ScaleUpTopology::kRing ||
                             system.scale_up == ScaleUpTopology::kLine;
  return one_dimension ? std::vector<int>{system.chips_per_node} : std::vector<int>{};
}

std::vector<int> CoordinatesOf(int chip, const std::vector<int>& shape) {
  std::vector<int> x;
  for (const int extent : shape) {
    x.push_back(chip % extent);
    chip /= extent;
  }
  return x;
}

}  // namespace

std::vector<GridDimension> GridOfRanks(absl::Span<const ChipId> ranks, const SystemSpec& system) {
  const std::vector<int> shape = ShapeOf(system);
  if (!IsGrid(system.scale_up) || shape.empty()) return {};
  const std::vector<int> first = CoordinatesOf(ranks.front() % system.chips_per_node, shape);
  const std::vector<int> last = CoordinatesOf(ranks.back() % system.chips_per_node, shape);
  std::vector<GridDimension> grid;
  std::vector<int> extents;
  int64_t product = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int extent = last[d] - first[d] + 1;
    if (extent < 1) return {};
    extents.push_back(extent);
    product *= extent;
    if (extent == 1) continue;
    grid.push_back({.extent = extent, .wraps = Wraps(system.scale_up) && extent == shape[d]});
  }
  if (product != static_cast<int64_t>(ranks.size())) return {};
  for (size_t r = 0; r < ranks.size(); ++r) {
    const std::vector<int> offset = CoordinatesOf(static_cast<int>(r), extents);
    int chip = ranks.front() / system.chips_per_node;  // The node, then dimension by dimension.
    for (size_t d = shape.size(); d-- > 0;) chip = chip * shape[d] + first[d] + offset[d];
    if (ranks[r] != chip) return {};
  }
  return grid;
}

}  // namespace tessera
