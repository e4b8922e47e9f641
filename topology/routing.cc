#include "topology/routing.h"

#include <algorithm>
#include <cstdlib>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "core/check.h"

namespace tessera {
namespace {

using Distances = absl::flat_hash_map<VertexId, int32_t>;

// Hops to `ends.target` of every vertex found before and with the source, over links that `open`
// allows.
template <typename Open>
Distances HopsToTarget(const Topology& topology, RouteEnds ends, Open open) {
  Distances hops = {{ends.target, 0}};
  std::deque<VertexId> frontier = {ends.target};
  while (!frontier.empty() && !hops.contains(ends.source)) {
    const VertexId at = frontier.front();
    frontier.pop_front();
    const int32_t next_hops = hops[at] + 1;
    for (const LinkId link : topology.LinksInto(at)) {
      const VertexId from = topology.links()[static_cast<size_t>(link)].source;
      if (open(link) && hops.emplace(from, next_hops).second) frontier.push_back(from);
    }
  }
  return hops;
}

// The links out of `at` that lead one hop nearer to the target.
template <typename Open>
std::vector<LinkId> NearerLinks(const Topology& topology, const Distances& hops, VertexId at,
                                Open open) {
  std::vector<LinkId> nearer;
  const int32_t wanted = hops.at(at) - 1;
  const auto [first, last] = topology.LinksFrom(at);
  for (LinkId link = first; link < last; ++link) {
    if (!open(link)) continue;
    const auto found = hops.find(topology.links()[static_cast<size_t>(link)].target);
    if (found != hops.end() && found->second == wanted) nearer.push_back(link);
  }
  return nearer;
}

template <typename Open>
void AppendShortestOver(const Topology& topology, RouteEnds ends, Open open,
                        std::vector<LinkId>& route) {
  const Distances hops = HopsToTarget(topology, ends, open);
  if (!hops.contains(ends.source)) return;
  for (VertexId at = ends.source; at != ends.target;) {
    const std::vector<LinkId> choices = NearerLinks(topology, hops, at, open);
    const LinkId link = choices[static_cast<size_t>(ends.target) % choices.size()];
    route.push_back(link);
    at = topology.links()[static_cast<size_t>(link)].target;
  }
}

class ShortestRoutes : public RoutePolicy {
 public:
  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendShortest(topology, ends, /*within_node=*/false, route);
  }
};

}  // namespace

void AppendWay(const Topology& topology, absl::Span<const VertexId> way,
               std::vector<LinkId>& route) {
  for (size_t i = 1; i < way.size(); ++i) {
    const LinkId link = topology.FindLink(way[i - 1], way[i]);
    TESSERA_CHECK(link >= 0);
    route.push_back(link);
  }
}

void AppendShortest(const Topology& topology, RouteEnds ends, bool within_node,
                    std::vector<LinkId>& route) {
  const absl::Span<const Vertex> vertices = topology.vertices();
  const int32_t node = vertices[static_cast<size_t>(ends.source)].node;
  const auto open = [&](LinkId link) {
    const VertexId from = topology.links()[static_cast<size_t>(link)].source;
    return !within_node || vertices[static_cast<size_t>(from)].node == node;
  };
  AppendShortestOver(topology, ends, open, route);
}

void AppendShortestAround(const Topology& topology, RouteEnds ends, absl::Span<const LinkId> closed,
                          std::vector<LinkId>& route) {
  const auto open = [closed](LinkId link) {
    return !std::binary_search(closed.begin(), closed.end(), link);
  };
  AppendShortestOver(topology, ends, open, route);
}

std::unique_ptr<RoutePolicy> MakeShortestRoutes() { return std::make_unique<ShortestRoutes>(); }

int GridShape::size() const {
  int product = 1;
  for (const int extent : extents) product *= extent;
  return product;
}

void AppendGridWay(const GridShape& grid, int from, int to, std::vector<int>& way) {
  int at = from;
  int stride = 1;
  for (const int extent : grid.extents) {
    int x = at / stride % extent;
    const int goal = to / stride % extent;
    const int up = (goal - x + extent) % extent;
    // Half way round either way is as short: even positions go up, odd ones down, so that an
    // all-to-all loads both directions alike.
    const bool shorter_up = 2 * up < extent || (2 * up == extent && x % 2 == 0);
    const bool go_up = grid.wraps ? shorter_up : goal > x;
    while (x != goal) {
      const int next = go_up ? (x + 1) % extent : (x + extent - 1) % extent;
      at += (next - x) * stride;
      x = next;
      way.push_back(at);
    }
    stride *= extent;
  }
}

void AppendDimensionOrder(const Topology& topology, const GridShape& grid, RouteEnds ends,
                          std::vector<LinkId>& route) {
  std::vector<int> way = {ends.source - grid.first};
  AppendGridWay(grid, way.front(), ends.target - grid.first, way);
  for (int& vertex : way) vertex += grid.first;
  AppendWay(topology, way, route);
}

RingStep RingStepOn(const GridShape& grid, RouteEnds ends) {
  const int apart = std::abs(ends.target - ends.source);
  int stride = 1;
  for (size_t d = 0; d < grid.extents.size(); ++d) {
    const int extent = grid.extents[d];
    if (apart == stride && extent > 1) return {.dimension = static_cast<int>(d)};
    if (apart == stride * (extent - 1) && extent > 2) {
      return {.dimension = static_cast<int>(d), .closes = true};
    }
    stride *= extent;
  }
  return {};
}

}  // namespace tessera
