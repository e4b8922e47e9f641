#include "nodes/lookahead.h"

#include <algorithm>

namespace tessera {
namespace {

constexpr Duration kLeast{1};

}  // namespace

void Lookahead::Limit(const Lookahead& other) {
  arrival = std::min(arrival, other.arrival);
  notice = std::min(notice, other.notice);
}

// As fabric/placement.h splits a route's latencies and fabric/schedule_runner.h spends them.
Lookahead LookaheadOf(const PreparedPlan& prepared, absl::Span<const VertexId> endpoints,
                      const Topology& topology) {
  Lookahead lookahead;
  const TransferCosts& costs = prepared.plan.costs;
  for (const PlanPair& pair : prepared.pairs) {
    Duration head{};
    Duration tail{};
    bool leaves_node = false;
    const absl::Span<const LinkId> route = topology.Route(
        endpoints[static_cast<size_t>(pair.source)], endpoints[static_cast<size_t>(pair.target)]);
    for (const LinkId id : route) {
      const Link& link = topology.links()[static_cast<size_t>(id)];
      head += tail;
      tail = link.latency;
      leaves_node = leaves_node || link.tier == Tier::kScaleOut;
    }
    if (!route.empty()) {
      head += leaves_node ? costs.per_transfer_scale_out : costs.per_transfer_scale_up;
    }
    lookahead.notice = std::min(lookahead.notice, std::max(tail, kLeast));
    if (pair.first) lookahead.arrival = std::min(lookahead.arrival, costs.start + head);
  }
  if (prepared.has_idle_rank) {
    lookahead.notice = std::min(lookahead.notice, std::max(costs.start / 2, kLeast));
    lookahead.arrival = std::min(lookahead.arrival, costs.start - lookahead.notice);
  }
  lookahead.arrival = std::max(lookahead.arrival, kLeast);
  return lookahead;
}

}  // namespace tessera
