#include "fabric/placement.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "core/check.h"

namespace tessera {

PairRoute RouteOver(const Topology& topology, absl::Span<const LinkId> links) {
  PairRoute route{.links = links};
  for (const LinkId link : route.links) {
    const Link& l = topology.links()[static_cast<size_t>(link)];
    route.head += route.tail;
    route.tail = l.latency;
    route.leaves_node = route.leaves_node || l.tier == Tier::kScaleOut;
  }
  route.tail = std::max(route.tail, Duration(1));
  return route;
}

PairRoute RouteBetween(const Topology& topology, VertexId source, VertexId target) {
  PairRoute route = RouteOver(topology, topology.Route(source, target));
  if (topology.ways() > 1) {
    const Topology::Spread spread = topology.SpreadOf(source, target);
    route.links = spread.links;
    route.coefficients = spread.coefficients;
  }
  return route;
}

Placement::Placement(const PreparedSchedule& schedule, const Topology& topology,
                     absl::Span<const VertexId> endpoints)
    : schedule_(schedule) {
  const Schedule& s = schedule.schedule();
  TESSERA_CHECK(endpoints.size() == static_cast<size_t>(s.ranks + s.switches));
  routes_.reserve(schedule.pairs().size());
  for (const PreparedSchedule::Pair& pair : schedule.pairs()) {
    routes_.push_back(RouteBetween(topology, endpoints[static_cast<size_t>(pair.source)],
                                   endpoints[static_cast<size_t>(pair.target)]));
  }
  NumberLinks(topology);
}

void Placement::NumberLinks(const Topology& topology) {
  absl::flat_hash_map<LinkId, int32_t> number;
  size_t crossings = 0;
  for (const PairRoute& route : routes_) crossings += route.links.size();
  local_links_.reserve(crossings);
  local_routes_ = routes_;
  for (PairRoute& route : local_routes_) {
    const size_t first = local_links_.size();
    for (const LinkId link : route.links) {
      const auto [place, is_new] = number.try_emplace(link, static_cast<int32_t>(links_.size()));
      if (is_new) {
        links_.push_back(link);
        capacities_.push_back(ToRateUnits(topology.links()[static_cast<size_t>(link)].bandwidth));
      }
      local_links_.push_back(place->second);
    }
    route.links = absl::MakeConstSpan(local_links_).subspan(first);
  }
  if (topology.ways() == 1) return;
  for (const LinkId link : links_) shares_.push_back(topology.SharesOf(link));
}

std::vector<int32_t> SharesOfLinks(const Topology& topology) {
  std::vector<int32_t> shares;
  if (topology.ways() == 1) return shares;
  for (size_t l = 0; l < topology.links().size(); ++l) {
    shares.push_back(topology.SharesOf(static_cast<LinkId>(l)));
  }
  return shares;
}

std::vector<int64_t> Placement::Signature() const {
  std::vector<int64_t> signature;
  signature.reserve(local_links_.size() + 4 * local_routes_.size() + capacities_.size());
  for (const PairRoute& route : local_routes_) {
    signature.push_back(static_cast<int64_t>(route.links.size()));
    signature.insert(signature.end(), route.links.begin(), route.links.end());
    signature.insert(signature.end(), route.coefficients.begin(), route.coefficients.end());
    signature.push_back(route.head.count());
    signature.push_back(route.tail.count());
    signature.push_back(route.leaves_node ? 1 : 0);
  }
  signature.insert(signature.end(), capacities_.begin(), capacities_.end());
  return signature;
}

}  // namespace tessera
