#include "topology/topology_builder.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {

struct TopologyBuilder::Graph
    : boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, Vertex, Link> {
  int chips = 0;
};

namespace {

// An error naming two chips that no route joins.
template <typename Graph>
absl::Status CheckReachable(const Graph& graph) {
  std::vector<int> component(boost::num_vertices(graph));
  boost::strong_components(graph, boost::make_iterator_property_map(
                                      component.begin(), boost::get(boost::vertex_index, graph)));
  for (size_t chip = 1; chip < static_cast<size_t>(graph.chips); ++chip) {
    if (component[chip] == component[0]) continue;
    return absl::InvalidArgumentError(absl::StrCat("no route between ", graph[0].name, " and ",
                                                   graph[chip].name, " in at least one direction"));
  }
  return absl::OkStatus();
}

// The graph's vertices and links as arrays, links in (source, target) order. Links between one pair
// keep the order in which they were added.
template <typename Graph>
TopologyParts Freeze(const Graph& graph) {
  TopologyParts parts;
  parts.chips = graph.chips;
  parts.vertices.reserve(boost::num_vertices(graph));
  parts.links.reserve(boost::num_edges(graph));
  for (const auto v : boost::make_iterator_range(boost::vertices(graph))) {
    parts.vertices.push_back(graph[v]);
    const auto begin = static_cast<ptrdiff_t>(parts.links.size());
    for (const auto e : boost::make_iterator_range(boost::out_edges(v, graph))) {
      parts.links.push_back(graph[e]);
    }
    std::stable_sort(parts.links.begin() + begin, parts.links.end(),
                     [](const Link& a, const Link& b) { return a.target < b.target; });
  }
  return parts;
}

}  // namespace

TopologyBuilder::TopologyBuilder() : graph_(std::make_unique<Graph>()) {}
TopologyBuilder::TopologyBuilder(TopologyBuilder&&) noexcept = default;
TopologyBuilder& TopologyBuilder::operator=(TopologyBuilder&&) noexcept = default;
TopologyBuilder::~TopologyBuilder() = default;

VertexId TopologyBuilder::AddVertex(const Vertex& vertex) {
  if (vertex.kind == VertexKind::kChip) {
    TESSERA_CHECK(static_cast<size_t>(graph_->chips) == boost::num_vertices(*graph_));
    ++graph_->chips;
  }
  return static_cast<VertexId>(boost::add_vertex(vertex, *graph_));
}

void TopologyBuilder::AddLink(const Link& link) {
  TESSERA_CHECK(link.bandwidth > Bandwidth());
  TESSERA_CHECK(link.source != link.target);
  boost::add_edge(static_cast<size_t>(link.source), static_cast<size_t>(link.target), link,
                  *graph_);
}

void TopologyBuilder::AddCable(const Link& link) {
  AddLink(link);
  Link back = link;
  std::swap(back.source, back.target);
  AddLink(back);
}

void TopologyBuilder::AddCable(VertexId a, VertexId b, const LinkKind& kind) {
  AddCable({.source = a,
            .target = b,
            .bandwidth = kind.bandwidth,
            .latency = kind.latency,
            .tier = kind.tier});
}

VertexId TopologyBuilder::AddChips(int count, absl::string_view stem, Nodes nodes) {
  const auto first = static_cast<VertexId>(boost::num_vertices(*graph_));
  for (int i = 0; i < count; ++i) {
    AddVertex({.kind = VertexKind::kChip,
               .node = nodes == Nodes::kOne ? 0 : first + i,
               .name = absl::StrCat(stem, i)});
  }
  return first;
}

VertexId TopologyBuilder::AddSwitches(int count, absl::string_view stem) {
  const auto first = static_cast<VertexId>(boost::num_vertices(*graph_));
  for (int i = 0; i < count; ++i) {
    AddVertex({.kind = VertexKind::kSwitch, .node = -1, .name = absl::StrCat(stem, i)});
  }
  return first;
}

absl::StatusOr<std::unique_ptr<Topology>> TopologyBuilder::Build(Options options) && {
  TESSERA_CHECK(options.chips_per_node > 0 && graph_->chips % options.chips_per_node == 0);
  TESSERA_RETURN_IF_ERROR(CheckReachable(*graph_));
  TopologyParts parts = Freeze(*graph_);
  parts.chips_per_node = options.chips_per_node;
  parts.reducing_switches = std::move(options.reducing_switches);
  parts.routes = options.routes != nullptr ? std::move(options.routes) : MakeShortestRoutes();
  return std::make_unique<Topology>(std::move(parts));
}

std::unique_ptr<Topology> TopologyBuilder::BuildConnected(Options options) && {
  auto topology = std::move(*this).Build(std::move(options));
  TESSERA_CHECK(topology.ok());
  return *std::move(topology);
}

}  // namespace tessera
