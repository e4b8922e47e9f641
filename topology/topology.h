// The static graph of a machine, frozen to index arrays: chips, NICs, switches and directed links
// over four tiers. Made by topology/build.h from a system, or link by link by TopologyBuilder.
//
// Links are sorted by (source, target), so the links out of a vertex are one range. Routes come
// from a policy (topology/routing.h), are computed when first asked and kept. Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "core/units.h"

namespace tessera {

using VertexId = int32_t;
using LinkId = int32_t;  // One direction of a cable.
using ChipId = int32_t;  // Chips are the vertices 0..chips-1, node by node.

enum class Tier : uint8_t { kNoc, kDieToDie, kScaleUp, kScaleOut };
inline constexpr int kTierCount = 4;
const char* TierName(Tier tier);  // "noc", "die_to_die", "scale_up", "scale_out".

enum class VertexKind : uint8_t { kChip, kNic, kSwitch };

struct Vertex {
  VertexKind kind = VertexKind::kChip;
  int32_t node = -1;      // Scale-up domain; -1 for network switches.
  std::string name = {};  // "node3/chip5", "node3/switch", "leaf2", "spine0".
};

struct Link {
  VertexId source = 0;
  VertexId target = 0;
  Bandwidth bandwidth;  // Payload rate, after protocol efficiency.
  Duration latency;     // Propagation plus the switch at `target`, if it is one.
  Tier tier = Tier::kScaleUp;
};

class RoutePolicy;
struct RingStep;

// What a topology is made of; see TopologyBuilder for a checked way to it.
struct TopologyParts {
  std::vector<Vertex> vertices;  // Chips first.
  std::vector<Link> links;       // Sorted by (source, target).
  int chips = 0;
  int chips_per_node = 0;
  std::vector<VertexId> reducing_switches;  // Of each node; empty: none.
  std::unique_ptr<const RoutePolicy> routes;
};

class Topology {
 public:
  explicit Topology(TopologyParts parts);
  ~Topology();
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;

  int chips() const { return parts_.chips; }
  int chips_per_node() const { return parts_.chips_per_node; }
  int nodes() const;
  absl::Span<const Vertex> vertices() const { return parts_.vertices; }
  absl::Span<const Link> links() const { return parts_.links; }

  // The links out of `vertex` have the ids [first, second).
  std::pair<LinkId, LinkId> LinksFrom(VertexId vertex) const {
    const auto at = static_cast<size_t>(vertex);
    return {first_link_[at], first_link_[at + 1]};
  }
  // The links into `vertex`, by source.
  absl::Span<const LinkId> LinksInto(VertexId vertex) const;
  // The first link from `source` to `target`, or -1. Logarithmic in the ports of `source`.
  LinkId FindLink(VertexId source, VertexId target) const;

  // The switch of a node's scale-up domain that can reduce and multicast, or -1.
  VertexId reducing_switch(int node) const;

  // Links from `source` to `target` in order; empty when equal. Deterministic: shortest by hops,
  // rail-aware, equal-cost choices by destination. Computed when first asked and cached; the span
  // stays valid as long as the topology lives. Endpoints are chips or switches.
  absl::Span<const LinkId> Route(VertexId source, VertexId target) const;

  // Where traffic between two vertices goes if its policy spreads it over several ways: every link
  // that takes a part of it, with how many of its shares (of SharesOf() the link).
  struct Spread {
    absl::Span<const LinkId> links;
    absl::Span<const int32_t> coefficients;
  };
  int ways() const;
  int SharesOf(LinkId link) const;
  // The links of one of them, 0 <= way < ways(); computed anew each time.
  std::vector<LinkId> Way(VertexId source, VertexId target, int way) const;
  // What the link is to routes in dimension order (topology/routing.h).
  RingStep RingStepOf(LinkId link) const;
  // Kept as Route() is; which is the way of the greatest latency where there are several.
  Spread SpreadOf(VertexId source, VertexId target) const;

  // Sum of the latencies along Route().
  Duration RouteLatency(VertexId source, VertexId target) const;

  // From now on routes are these. Spans that Route() gave before stay as they were.
  void SetRoutes(std::unique_ptr<const RoutePolicy> routes);

  // From now on all links into and out of `vertex` carry `fraction` of their rate: a slow chip. In
  // (0, 1]; routes stay as they are.
  void SlowDown(VertexId vertex, double fraction);

  // "node0/chip3 -> node0/switch".
  std::string LinkName(LinkId link) const;

 private:
  TopologyParts parts_;
  std::vector<LinkId> first_link_;  // Of each vertex, and one past the last link.
  std::vector<LinkId> links_into_;
  std::vector<int32_t> first_into_;
  std::vector<LinkId> FindRoute(VertexId source, VertexId target) const;

  mutable absl::flat_hash_map<uint64_t, absl::Span<const LinkId>> routes_;
  mutable absl::flat_hash_map<uint64_t, Spread> spreads_;
  mutable std::deque<std::vector<LinkId>> route_store_;  // What routes_ points into.
};

}  // namespace tessera
