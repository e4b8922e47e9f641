#include "topology/topology.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "topology/routing.h"

namespace tessera {
namespace {

// Routes are copied into blocks of this many links, so that a million routes are few allocations.
constexpr size_t kRouteBlock = 4096;

uint64_t KeyOf(VertexId source, VertexId target) {
  return uint64_t{static_cast<uint32_t>(source)} << 32 | static_cast<uint32_t>(target);
}

bool BySourceThenTarget(const Link& a, const Link& b) {
  return a.source != b.source ? a.source < b.source : a.target < b.target;
}

// Copies `route` to where it stays for the life of `store`.
absl::Span<const LinkId> Keep(const std::vector<LinkId>& route,
                              std::deque<std::vector<LinkId>>& store) {
  if (store.empty() || store.back().size() + route.size() > store.back().capacity()) {
    store.emplace_back().reserve(std::max(kRouteBlock, route.size()));
  }
  std::vector<LinkId>& block = store.back();
  const size_t begin = block.size();
  block.insert(block.end(), route.begin(), route.end());
  return absl::MakeConstSpan(block).subspan(begin);
}

}  // namespace

const char* TierName(Tier tier) {
  switch (tier) {
    case Tier::kNoc:
      return "noc";
    case Tier::kDieToDie:
      return "die_to_die";
    case Tier::kScaleUp:
      return "scale_up";
    case Tier::kScaleOut:
      return "scale_out";
  }
  return "";
}

Topology::Topology(TopologyParts parts) : parts_(std::move(parts)) {
  TESSERA_CHECK(std::is_sorted(parts_.links.begin(), parts_.links.end(), BySourceThenTarget));
  const size_t vertices = parts_.vertices.size();
  first_link_.assign(vertices + 1, 0);
  first_into_.assign(vertices + 1, 0);
  for (const Link& link : parts_.links) {
    ++first_link_[static_cast<size_t>(link.source) + 1];
    ++first_into_[static_cast<size_t>(link.target) + 1];
  }
  for (size_t v = 0; v < vertices; ++v) {
    first_link_[v + 1] += first_link_[v];
    first_into_[v + 1] += first_into_[v];
  }
  links_into_.resize(parts_.links.size());
  std::vector<int32_t> next = first_into_;
  for (size_t l = 0; l < parts_.links.size(); ++l) {
    const auto place = next[static_cast<size_t>(parts_.links[l].target)]++;
    links_into_[static_cast<size_t>(place)] = static_cast<LinkId>(l);
  }
}

Topology::~Topology() = default;

int Topology::nodes() const {
  return parts_.chips_per_node == 0 ? 0 : parts_.chips / parts_.chips_per_node;
}

absl::Span<const LinkId> Topology::LinksInto(VertexId vertex) const {
  const auto at = static_cast<size_t>(vertex);
  const auto first = static_cast<size_t>(first_into_[at]);
  return absl::MakeConstSpan(links_into_)
      .subspan(first, static_cast<size_t>(first_into_[at + 1]) - first);
}

LinkId Topology::FindLink(VertexId source, VertexId target) const {
  const auto [first, last] = LinksFrom(source);
  const auto begin = parts_.links.begin() + first;
  const auto end = parts_.links.begin() + last;
  const auto found = std::lower_bound(begin, end, target,
                                      [](const Link& link, VertexId t) { return link.target < t; });
  if (found == end || found->target != target) return -1;
  return static_cast<LinkId>(found - parts_.links.begin());
}

VertexId Topology::reducing_switch(int node) const {
  return parts_.reducing_switches.empty() ? -1
                                          : parts_.reducing_switches[static_cast<size_t>(node)];
}

absl::Span<const LinkId> Topology::Route(VertexId source, VertexId target) const {
  if (source == target) return {};
  const uint64_t key = KeyOf(source, target);
  const auto known = routes_.find(key);
  if (known != routes_.end()) return known->second;
  const absl::Span<const LinkId> kept = Keep(FindRoute(source, target), route_store_);
  routes_.emplace(key, kept);
  return kept;
}

std::vector<LinkId> Topology::FindRoute(VertexId source, VertexId target) const {
  std::vector<LinkId> slowest;
  Duration greatest(-1);
  for (int way = 0; way < ways(); ++way) {
    std::vector<LinkId> route = Way(source, target, way);
    TESSERA_CHECK(!route.empty());
    Duration latency{};
    for (const LinkId link : route) latency += parts_.links[static_cast<size_t>(link)].latency;
    if (latency <= greatest) continue;
    greatest = latency;
    slowest = std::move(route);
  }
  return slowest;
}

RingStep Topology::RingStepOf(LinkId link) const {
  return parts_.routes->RingStepOf(*this, parts_.links[static_cast<size_t>(link)]);
}

int Topology::ways() const { return parts_.routes->ways(); }

std::vector<LinkId> Topology::Way(VertexId source, VertexId target, int way) const {
  std::vector<LinkId> route;
  parts_.routes->AppendOne(*this, {source, target}, way, route);
  return route;
}

int Topology::SharesOf(LinkId link) const {
  return parts_.routes->SharesOf(parts_.links[static_cast<size_t>(link)]);
}

Topology::Spread Topology::SpreadOf(VertexId source, VertexId target) const {
  if (source == target) return {};
  const auto [known, is_new] = spreads_.try_emplace(KeyOf(source, target));
  if (!is_new) return known->second;
  std::vector<LinkId> crossed;
  for (int way = 0; way < ways(); ++way) {
    parts_.routes->AppendOne(*this, {source, target}, way, crossed);
  }
  std::sort(crossed.begin(), crossed.end());
  std::vector<LinkId> links;
  std::vector<int32_t> coefficients;
  for (size_t i = 0; i < crossed.size();) {
    const LinkId link = crossed[i];
    const auto next = std::upper_bound(crossed.begin(), crossed.end(), link) - crossed.begin();
    const int shares = SharesOf(link) * static_cast<int>(next - static_cast<ptrdiff_t>(i));
    TESSERA_CHECK(shares % ways() == 0);
    links.push_back(link);
    coefficients.push_back(shares / ways());
    i = static_cast<size_t>(next);
  }
  known->second = {Keep(links, route_store_), Keep(coefficients, route_store_)};
  return known->second;
}

Duration Topology::RouteLatency(VertexId source, VertexId target) const {
  Duration sum{};
  for (const LinkId link : Route(source, target)) {
    sum += parts_.links[static_cast<size_t>(link)].latency;
  }
  return sum;
}

void Topology::SetRoutes(std::unique_ptr<const RoutePolicy> routes) {
  parts_.routes = std::move(routes);
  routes_.clear();
  spreads_.clear();
}

void Topology::SlowDown(VertexId vertex, double fraction) {
  TESSERA_CHECK(fraction > 0 && fraction <= 1);
  for (Link& link : parts_.links) {
    if (link.source != vertex && link.target != vertex) continue;
    link.bandwidth = link.bandwidth.Scaled(fraction);
  }
}

std::string Topology::LinkName(LinkId link) const {
  const Link& l = parts_.links[static_cast<size_t>(link)];
  return absl::StrCat(parts_.vertices[static_cast<size_t>(l.source)].name, " -> ",
                      parts_.vertices[static_cast<size_t>(l.target)].name);
}

}  // namespace tessera
