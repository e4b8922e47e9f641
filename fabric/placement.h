// A schedule placed on a topology: the route of each pair of its endpoints, once with the links of
// the topology and once with links numbered 0, 1, ... in the order of first use. Two placements
// with equal signatures behave alike to the last picosecond while nothing else uses their links.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "fabric/prepared_schedule.h"
#include "fabric/rate.h"
#include "topology/topology.h"

namespace tessera {

// Where the transfers of one pair go and what they wait besides their share of the links. Where the
// topology spreads traffic over several ways, links are counted in shares, and the latency is that
// of the slowest way.
struct PairRoute {
  absl::Span<const int32_t> links;
  // How many shares of each link the transfer takes (ScheduleRunner); empty: 1 of each.
  absl::Span<const int32_t> coefficients = {};
  Duration head{};  // Link latencies before the transfer shares bandwidth ...
  Duration tail{};  // ... and after, at least 1 ps: those of the last link.
  bool leaves_node = false;
};

// What a transfer of `bytes` asks of every link of its route.
inline WorkUnits WorkOf(Bytes bytes, const PairRoute& route, const TransferCosts& costs) {
  const int32_t stretch = route.leaves_node ? costs.scale_out_stretch : costs.scale_up_stretch;
  return ToWorkUnits(bytes) / TransferCosts::kNoStretch * stretch;  // Divides: a multiple of 2^18.
}

// Over these links of the topology, one after the other; they outlive the result.
PairRoute RouteOver(const Topology& topology, absl::Span<const LinkId> links);
// In links of the topology; without links where both ends are one vertex.
PairRoute RouteBetween(const Topology& topology, VertexId source, VertexId target);

class Placement {
 public:
  // `endpoints`: the vertex of each rank, then of each switch. `schedule` and `topology` outlive
  // this object.
  Placement(const PreparedSchedule& schedule, const Topology& topology,
            absl::Span<const VertexId> endpoints);

  const PreparedSchedule& schedule() const { return schedule_; }
  // By the pairs of the schedule, in links of the topology ...
  absl::Span<const PairRoute> routes() const { return routes_; }
  // ... and in its own links.
  absl::Span<const PairRoute> local_routes() const { return local_routes_; }
  // The topology's number of each own link, and its capacity.
  absl::Span<const LinkId> links() const { return links_; }
  absl::Span<const RateUnits> capacities() const { return capacities_; }
  // In how many shares each own link is counted; empty: 1 each.
  absl::Span<const int32_t> shares() const { return shares_; }
  // Everything that the course of the schedule depends on besides schedule and costs.
  std::vector<int64_t> Signature() const;

 private:
  void NumberLinks(const Topology& topology);

  const PreparedSchedule& schedule_;
  std::vector<PairRoute> routes_;
  std::vector<PairRoute> local_routes_;
  std::vector<int32_t> local_links_;  // What local_routes_ point into.
  std::vector<LinkId> links_;
  std::vector<RateUnits> capacities_;
  std::vector<int32_t> shares_;
};

// In how many shares each link of a topology is counted; empty: 1 each.
std::vector<int32_t> SharesOfLinks(const Topology& topology);

}  // namespace tessera
