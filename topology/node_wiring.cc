#include "topology/node_wiring.h"

#include <algorithm>

namespace tessera {
namespace {

constexpr int kDragonflyGroup = 8;
constexpr int kDragonflyGlobalLinks = 4;

}  // namespace

int MostUnits(const NodeWiring& wiring, int chips) {
  std::vector<int> units(static_cast<size_t>(chips), 0);
  for (const NodeWiring::Pair& pair : wiring.pairs) {
    units[static_cast<size_t>(pair.a)] += pair.units;
    units[static_cast<size_t>(pair.b)] += pair.units;
  }
  return *std::max_element(units.begin(), units.end());
}

NodeWiring WireFullMesh(int chips) {
  NodeWiring wiring{.ports = chips - 1};
  for (int a = 0; a < chips; ++a) {
    for (int b = a + 1; b < chips; ++b) wiring.pairs.push_back({a, b});
  }
  return wiring;
}

NodeWiring WireGrid(const std::vector<int>& extents, bool wraps) {
  int chips = 1;
  for (const int extent : extents) chips *= extent;
  NodeWiring wiring{.ports = chips == 2 ? 1 : 2 * static_cast<int>(extents.size())};
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

NodeWiring WireHybridCubeMesh() {
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

NodeWiring WireDragonfly(int chips) {
  NodeWiring wiring{.ports = kDragonflyGroup - 1 + kDragonflyGlobalLinks};
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

}  // namespace tessera
