#include "fabric/packet/forwarding.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "core/check.h"

namespace tessera {

Forwarding::Forwarding(const Topology& topology)
    : topology_(topology), vertices_(topology.vertices().size()) {
  std::map<VertexId, int32_t> places;
  std::vector<VertexId> roots;
  for (VertexId chip = 0; chip < topology.chips(); ++chip) {
    const absl::Span<const LinkId> into = topology.LinksInto(chip);
    Address address = {.vertex = chip};
    if (into.size() == 1 &&
        topology.links()[static_cast<size_t>(into[0])].source >= topology.chips()) {
      address.vertex = topology.links()[static_cast<size_t>(into[0])].source;
      address.last_link = into[0];
    }
    const auto [place, is_new] = places.emplace(address.vertex, static_cast<int32_t>(roots.size()));
    if (is_new) roots.push_back(address.vertex);
    address.place = place->second;
    addresses_.push_back(address);
  }
  ranges_.reserve(roots.size() * vertices_);
  for (const VertexId root : roots) FindWays(topology, root);
}

// Breadth-first search from the root against the links.
void Forwarding::FindWays(const Topology& topology, VertexId root) {
  constexpr int32_t kUnseen = INT32_MAX;
  std::vector<int32_t> distance(vertices_, kUnseen);
  std::vector<VertexId> order = {root};
  distance[static_cast<size_t>(root)] = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const VertexId to = order[i];
    if (to != root && to < topology.chips()) continue;
    for (const LinkId link : topology.LinksInto(to)) {
      const VertexId from = topology.links()[static_cast<size_t>(link)].source;
      if (distance[static_cast<size_t>(from)] != kUnseen) continue;
      distance[static_cast<size_t>(from)] = distance[static_cast<size_t>(to)] + 1;
      order.push_back(from);
    }
  }
  for (size_t vertex = 0; vertex < vertices_; ++vertex) {
    Range& range = ranges_.emplace_back();
    range.first = static_cast<uint32_t>(ways_.size());
    if (distance[vertex] == kUnseen) continue;
    const auto [first, end] = topology.LinksFrom(static_cast<VertexId>(vertex));
    for (LinkId link = first; link < end; ++link) {
      const VertexId to = topology.links()[static_cast<size_t>(link)].target;
      const bool passable = to == root || to >= topology.chips();
      if (passable && distance[static_cast<size_t>(to)] == distance[vertex] - 1) {
        ways_.push_back(link);
      }
    }
    range.count = static_cast<uint32_t>(ways_.size()) - range.first;
  }
}

std::vector<LinkId> Forwarding::Route(VertexId source, VertexId target, uint32_t path) const {
  std::vector<LinkId> route;
  const Address& address = AddressOf(target);
  for (VertexId at = source; at != target;) {
    if (at != address.vertex && Ways(at, address.place).empty()) return {};
    route.push_back(Next(at, address, path));
    at = topology_.links()[static_cast<size_t>(route.back())].target;
  }
  return route;
}

std::optional<uint32_t> Forwarding::PathOf(absl::Span<const LinkId> route) const {
  constexpr uint32_t kMost = 1 << 16;
  const auto link_of = [this](LinkId id) { return topology_.links()[static_cast<size_t>(id)]; };
  const Address& address = AddressOf(link_of(route.back()).target);
  uint32_t path = 0;
  uint32_t earlier = 1;  // Paths that the choices so far tell apart.
  for (const LinkId link : route) {
    const VertexId at = link_of(link).source;
    if (at == address.vertex) break;
    const absl::Span<const LinkId> ways = Ways(at, address.place);
    const auto choice = std::find(ways.begin(), ways.end(), link);
    if (choice == ways.end()) return std::nullopt;
    path += earlier * static_cast<uint32_t>(choice - ways.begin());
    if (path >= kMost) return std::nullopt;
    earlier = std::min(kMost, earlier * static_cast<uint32_t>(ways.size()));
  }
  return path;
}

int32_t Forwarding::Paths(VertexId source, VertexId target) const {
  constexpr int64_t kMost = 1 << 16;
  const Address& address = AddressOf(target);
  int64_t paths = 1;
  for (VertexId at = source; at != address.vertex;) {
    const absl::Span<const LinkId> ways = Ways(at, address.place);
    if (ways.empty()) return 0;
    paths = std::min(paths * static_cast<int64_t>(ways.size()), kMost);
    at = topology_.links()[static_cast<size_t>(ways[0])].target;
  }
  return static_cast<int32_t>(paths);
}

}  // namespace tessera
