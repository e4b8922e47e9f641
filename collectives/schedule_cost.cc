#include "collectives/schedule_cost.h"

#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace tessera {
namespace {

constexpr TransferPrices kTypical = {.scale_up_hop = 1e-6, .scale_out_hop = 5e-6, .byte = 2e-11};

// The longest chain that ends with some transfer.
struct Chain {
  double seconds = 0;
  double scale_up_hops = 0;
  double scale_out_hops = 0;
  double bytes = 0;
};

class PortLoads {
 public:
  explicit PortLoads(const AlgorithmInput& input)
      : input_(input),
        chips_(static_cast<size_t>(2 * input.ranks)),
        nics_(static_cast<size_t>(2 * input.nodes() * input.rails)) {}

  void Add(const Transfer& t, bool inside) {
    const auto bytes = static_cast<double>(t.bytes.count());
    AddEnd(t.source, 0, inside, bytes);
    AddEnd(t.target, 1, inside, bytes);
  }
  double BusiestChip() const { return *std::max_element(chips_.begin(), chips_.end()); }
  double BusiestNic() const { return *std::max_element(nics_.begin(), nics_.end()); }

 private:
  void AddEnd(int endpoint, int direction, bool inside, double bytes) {
    if (endpoint >= input_.ranks) return;  // A switch has no port of its own.
    const int per_node = input_.per_node();
    const int nic =
        endpoint / per_node * input_.rails + endpoint % per_node * input_.rails / per_node;
    std::vector<double>& loads = inside ? chips_ : nics_;
    loads[static_cast<size_t>(2 * (inside ? endpoint : nic) + direction)] += bytes;
  }

  const AlgorithmInput& input_;
  std::vector<double> chips_;  // Out and in, alternately.
  std::vector<double> nics_;
};

}  // namespace

AlgorithmCost CostOfSchedule(const Schedule& schedule, const AlgorithmInput& input) {
  const auto node = [&](int e) {
    return e < schedule.ranks ? e / input.per_node() : e - schedule.ranks;
  };
  PortLoads loads(input);
  std::vector<Chain> chains;
  chains.reserve(schedule.transfers.size());
  Chain longest;
  for (const Transfer& t : schedule.transfers) {
    Chain chain;
    for (const int p : schedule.PredecessorsOf(t)) {
      const Chain& before = chains[static_cast<size_t>(p)];
      if (before.seconds > chain.seconds) chain = before;
    }
    const bool inside = node(t.source) == node(t.target);
    const auto bytes = static_cast<double>(t.bytes.count());
    (inside ? chain.scale_up_hops : chain.scale_out_hops) += 1;
    chain.bytes += bytes;
    chain.seconds +=
        (inside ? kTypical.scale_up_hop : kTypical.scale_out_hop) + bytes * kTypical.byte;
    if (chain.seconds > longest.seconds) longest = chain;
    chains.push_back(chain);
    loads.Add(t, inside);
  }
  AlgorithmCost cost;
  cost.scale_up_hops = longest.scale_up_hops;
  cost.scale_out_hops = longest.scale_out_hops;
  cost.serial_bytes = longest.bytes;
  cost.steady_bytes = longest.bytes;
  cost.scale_up_bytes = loads.BusiestChip();
  cost.scale_out_bytes = loads.BusiestNic();
  return cost;
}

double BusiestScaleUpLinkSeconds(const Schedule& schedule, absl::Span<const VertexId> endpoints,
                                 const Topology& topology) {
  absl::flat_hash_map<LinkId, int64_t> bytes;
  double busiest = 0;
  for (const Transfer& t : schedule.transfers) {
    for (const LinkId id : topology.Route(endpoints[static_cast<size_t>(t.source)],
                                          endpoints[static_cast<size_t>(t.target)])) {
      const Link& link = topology.links()[static_cast<size_t>(id)];
      if (link.tier != Tier::kScaleUp) continue;
      int64_t& sum = bytes[id];
      sum += t.bytes.count();
      busiest = std::max(busiest, static_cast<double>(sum) /
                                      static_cast<double>(link.bandwidth.bytes_per_second()));
    }
  }
  return busiest;
}

}  // namespace tessera
