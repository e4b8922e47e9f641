// Routing policies: pure functions from two vertices to the links between them. Every policy is
// deterministic; where several ways cost the same, the destination decides, so that all traffic to
// one place takes one tree and different places spread over the choices.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "topology/topology.h"

namespace tessera {

struct RouteEnds {
  VertexId source = 0;
  VertexId target = 0;
};

// What a link is to routes in dimension order: one of the links of a dimension, and whether it
// closes that dimension to a ring. What deadlock avoidance on tori needs to know (datelines: Dally
// and Seitz, "Deadlock-free message routing in multiprocessor interconnection networks", 1987).
struct RingStep {
  int dimension = -1;  // -1: of no grid.
  bool closes = false;
};

class RoutePolicy {
 public:
  virtual ~RoutePolicy() = default;
  // Appends the links of the route; nothing when the target cannot be reached. `ends` differ.
  virtual void Append(const Topology& topology, RouteEnds ends,
                      std::vector<LinkId>& route) const = 0;

  // In how many equal parts the traffic between two ends is laid, each on a way of its own (packet
  // spraying, several queue pairs); 1: all takes Append's route. Ways may share links.
  virtual int ways() const { return 1; }
  // In how many shares `link` is counted: ways() where some ways between two ends may take it and
  // others not, 1 where always all do or none.
  virtual int SharesOf(const Link& /*link*/) const { return ways(); }
  // Appends the links of one of the ways; way 0 is Append's route.
  virtual void AppendOne(const Topology& topology, RouteEnds ends, int /*way*/,
                         std::vector<LinkId>& route) const {
    Append(topology, ends, route);
  }

  virtual RingStep RingStepOf(const Topology& /*topology*/, const Link& /*link*/) const {
    return {};
  }
};

// The links of a way given by its vertices, each next to the one before.
void AppendWay(const Topology& topology, absl::Span<const VertexId> way,
               std::vector<LinkId>& route);

// Fewest hops; among equally short next hops the one numbered `target` modulo their count, in link
// order. One breadth-first search from the target a route, over vertices nearer than the source.
// With `within_node`, only vertices of the source's node are passed.
void AppendShortest(const Topology& topology, RouteEnds ends, bool within_node,
                    std::vector<LinkId>& route);
std::unique_ptr<RoutePolicy> MakeShortestRoutes();
// The same over links that are not `closed` (sorted); nothing if there is no such way.
void AppendShortestAround(const Topology& topology, RouteEnds ends, absl::Span<const LinkId> closed,
                          std::vector<LinkId>& route);

// Position of vertices on a mesh or torus: vertex `first + i` has the mixed-radix digits of i as
// coordinates, the first dimension varying fastest.
struct GridShape {
  VertexId first = 0;
  std::vector<int> extents;
  bool wraps = false;

  int size() const;
};

// Appends the positions after `from` up to `to` on a grid, 0 to size() - 1, in dimension order as
// below.
void AppendGridWay(const GridShape& grid, int from, int to, std::vector<int>& way);

// Dimension order (x first), the shorter way round each dimension, an exact tie
// upwards from even positions, downwards from odd ones.
void AppendDimensionOrder(const Topology& topology, const GridShape& grid, RouteEnds ends,
                          std::vector<LinkId>& route);
// Of a link between two neighbours on the grid.
RingStep RingStepOn(const GridShape& grid, RouteEnds ends);

}  // namespace tessera
