#include "topology/topology.h"

#include <algorithm>

#include "nodes/astra/modelled.h"
#include "topology/grid.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

LinkKind LinkOf(const AstraDimension& dimension) {
  constexpr double kGiB = static_cast<double>(int64_t{1} << 30);
  return {.bandwidth = Bandwidth::BytesPerSecond(
              std::max<int64_t>(1, static_cast<int64_t>(dimension.bandwidth_gib_per_s * kGiB))),
          .latency = Duration(static_cast<int64_t>(dimension.latency_ns * 1000))};
}

// The cables of one line of a dimension: members are first, first + stride, ...
void ConnectLine(const AstraDimension& dimension, int first, int stride, TopologyBuilder& builder) {
  const LinkKind kind = LinkOf(dimension);
  const int n = dimension.npus;
  const auto member = [&](int i) { return first + i * stride; };
  switch (dimension.block) {
    case AstraBlock::kSwitch: {
      const VertexId hub = builder.AddSwitches(1, absl::string_view("switch"));
      for (int i = 0; i < n; ++i) builder.AddCable(member(i), hub, kind);
      return;
    }
    case AstraBlock::kFullyConnected:
      for (int i = 0; i < n; ++i) {
        for (int j = i + 1; j < n; ++j) builder.AddCable(member(i), member(j), kind);
      }
      return;
    case AstraBlock::kRing:
      for (int i = 0; i + 1 < n; ++i) builder.AddCable(member(i), member(i + 1), kind);
      if (n > 2) builder.AddCable(member(n - 1), member(0), kind);
      return;
  }
}

bool AllRings(const AstraNetwork& network) {
  return std::all_of(network.dimensions.begin(), network.dimensions.end(),
                     [](const AstraDimension& d) { return d.block == AstraBlock::kRing; });
}

}  // namespace

std::unique_ptr<Topology> MakeAstraTopology(const AstraNetwork& network) {
  if (AllRings(network)) {
    GridParams grid = {.extents = {}, .links = {}, .wraps = true};
    for (const AstraDimension& dimension : network.dimensions) {
      grid.extents.push_back(dimension.npus);
      grid.links.push_back(LinkOf(dimension));
    }
    return MakeGrid(grid);
  }
  const int npus = network.npus();
  TopologyBuilder builder;
  builder.AddChips(npus, "npu", TopologyBuilder::Nodes::kOne);
  int stride = 1;
  for (const AstraDimension& dimension : network.dimensions) {
    for (int npu = 0; npu < npus; ++npu) {
      if (npu / stride % dimension.npus == 0) ConnectLine(dimension, npu, stride, builder);
    }
    stride *= dimension.npus;
  }
  return std::move(builder).BuildConnected({.chips_per_node = npus});
}

}  // namespace tessera
