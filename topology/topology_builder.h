// Builds a topology vertex by vertex and link by link on a Boost graph, then freezes it.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "topology/routing.h"
#include "topology/topology.h"

namespace tessera {

// What links of one kind are like.
struct LinkKind {
  Bandwidth bandwidth;
  Duration latency{};
  Tier tier = Tier::kScaleUp;
};

class TopologyBuilder {
 public:
  TopologyBuilder();
  TopologyBuilder(TopologyBuilder&&) noexcept;
  TopologyBuilder& operator=(TopologyBuilder&&) noexcept;
  ~TopologyBuilder();

  // Chips come before all other vertices. Returns 0, 1, 2, ...
  VertexId AddVertex(const Vertex& vertex);
  // `link.bandwidth` > 0.
  void AddLink(const Link& link);
  // `link` and the same in the other direction.
  void AddCable(const Link& link);
  void AddCable(VertexId a, VertexId b, const LinkKind& kind);

  // Vertices "<stem>0", "<stem>1", ...: chips, each a node of its own or all in node 0, and network
  // switches. Return the first.
  enum class Nodes : uint8_t { kOne, kOneEach };
  VertexId AddChips(int count, absl::string_view stem, Nodes nodes);
  VertexId AddSwitches(int count, absl::string_view stem);

  struct Options {
    int chips_per_node = 1;
    std::vector<VertexId> reducing_switches = {};         // Of each node; empty: none.
    std::unique_ptr<const RoutePolicy> routes = nullptr;  // Null: fewest hops.
  };
  // Error: a chip that cannot reach another one, by name. Linear in the size of the graph.
  absl::StatusOr<std::unique_ptr<Topology>> Build(Options options) &&;
  // The same for graphs that are connected by construction (checked).
  std::unique_ptr<Topology> BuildConnected(Options options) &&;

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace tessera
