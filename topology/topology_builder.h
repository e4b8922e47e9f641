// Builds a topology vertex by vertex and link by link on a Boost graph, then freezes it.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "topology/routing.h"
#include "topology/topology.h"

namespace tessera {

class TopologyBuilder {
 public:
  TopologyBuilder();
  ~TopologyBuilder();

  // Chips come before all other vertices. Returns 0, 1, 2, ...
  VertexId AddVertex(Vertex vertex);
  // `link.bandwidth` > 0.
  void AddLink(const Link& link);
  // `link` and the same in the other direction.
  void AddCable(const Link& link);

  struct Options {
    int chips_per_node = 1;
    std::vector<VertexId> reducing_switches = {};         // Of each node; empty: none.
    std::unique_ptr<const RoutePolicy> routes = nullptr;  // Null: fewest hops.
  };
  // Error: a chip that cannot reach another one, by name. Linear in the size of the graph.
  absl::StatusOr<std::unique_ptr<Topology>> Build(Options options) &&;

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace tessera
