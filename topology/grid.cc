#include "topology/grid.h"

#include <utility>

#include "core/check.h"
#include "topology/routing.h"

namespace tessera {
namespace {

class GridRoutes : public RoutePolicy {
 public:
  explicit GridRoutes(GridShape grid) : grid_(std::move(grid)) {}
  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendDimensionOrder(topology, grid_, ends, route);
  }
  RingStep RingStepOf(const Topology& /*topology*/, const Link& link) const override {
    return RingStepOn(grid_, {link.source, link.target});
  }

 private:
  GridShape grid_;
};

class CrossbarRoutes : public RoutePolicy {
 public:
  explicit CrossbarRoutes(VertexId hub) : hub_(hub) {}
  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    if (ends.source != hub_) AppendWay(topology, {ends.source, hub_}, route);
    if (ends.target != hub_) AppendWay(topology, {hub_, ends.target}, route);
  }

 private:
  VertexId hub_;
};

}  // namespace

std::unique_ptr<Topology> MakeGrid(const GridParams& params) {
  TESSERA_CHECK(params.links.size() == 1 || params.links.size() == params.extents.size());
  GridShape grid{.first = 0, .extents = params.extents, .wraps = params.wraps};
  const int chips = grid.size();
  TopologyBuilder builder;
  builder.AddChips(chips, "chip", TopologyBuilder::Nodes::kOne);
  int stride = 1;
  for (size_t d = 0; d < params.extents.size(); ++d) {
    const int extent = params.extents[d];
    const LinkKind& kind = params.links[params.links.size() == 1 ? 0 : d];
    for (int chip = 0; chip < chips; ++chip) {
      const int x = chip / stride % extent;
      if (x + 1 < extent) builder.AddCable(chip, chip + stride, kind);
      if (x + 1 == extent && params.wraps && extent > 2) {
        builder.AddCable(chip, chip - x * stride, kind);
      }
    }
    stride *= extent;
  }
  return std::move(builder).BuildConnected(
      {.chips_per_node = chips, .routes = std::make_unique<GridRoutes>(std::move(grid))});
}

std::unique_ptr<Topology> MakeCrossbar(int hosts, const LinkKind& link) {
  TopologyBuilder builder;
  builder.AddChips(hosts, "host", TopologyBuilder::Nodes::kOne);
  const VertexId hub =
      builder.AddVertex({.kind = VertexKind::kSwitch, .node = 0, .name = "switch"});
  for (int host = 0; host < hosts; ++host) builder.AddCable(host, hub, link);
  return std::move(builder).BuildConnected(
      {.chips_per_node = hosts, .routes = std::make_unique<CrossbarRoutes>(hub)});
}

std::unique_ptr<Topology> MakeFullMesh(int chips, const LinkKind& link) {
  TopologyBuilder builder;
  builder.AddChips(chips, "chip", TopologyBuilder::Nodes::kOne);
  for (int a = 0; a < chips; ++a) {
    for (int b = a + 1; b < chips; ++b) builder.AddCable(a, b, link);
  }
  return std::move(builder).BuildConnected({.chips_per_node = chips});
}

}  // namespace tessera
