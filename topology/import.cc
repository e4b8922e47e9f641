#include "topology/import.h"

#include <utility>

#include "topology/topology_builder.h"

namespace tessera {
namespace {

VertexKind KindOf(NetworkDescription::Kind kind) {
  switch (kind) {
    case NetworkDescription::Kind::kChip:
      return VertexKind::kChip;
    case NetworkDescription::Kind::kNic:
      return VertexKind::kNic;
    case NetworkDescription::Kind::kSwitch:
      break;
  }
  return VertexKind::kSwitch;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Topology>> ImportTopology(const NetworkDescription& network) {
  if (network.vertices.empty() || network.vertices[0].kind != NetworkDescription::Kind::kChip) {
    return absl::InvalidArgumentError("the network has no chips (hosts, GPUs)");
  }
  TopologyBuilder builder;
  for (const NetworkDescription::Vertex& vertex : network.vertices) {
    builder.AddVertex({.kind = KindOf(vertex.kind), .node = vertex.node, .name = vertex.name});
  }
  for (const NetworkDescription::Cable& cable : network.cables) {
    builder.AddCable(cable.a, cable.b,
                     {.bandwidth = cable.bandwidth,
                      .latency = cable.latency,
                      .tier = cable.leaves_node ? Tier::kScaleOut : Tier::kScaleUp});
  }
  return std::move(builder).Build({.chips_per_node = network.chips_per_node});
}

}  // namespace tessera
