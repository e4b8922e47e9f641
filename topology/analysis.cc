#include "topology/analysis.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "core/check.h"

// GCC 12 takes the optional in Boost.Graph's edge iterator for uninitialized when optimizing.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

namespace tessera {
namespace {

// Hops from `source` to every vertex; -1: not reached.
std::vector<int> HopsFrom(const Topology& topology, VertexId source) {
  std::vector<int> hops(topology.vertices().size(), -1);
  std::vector<VertexId> order = {source};
  hops[static_cast<size_t>(source)] = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto [first, last] = topology.LinksFrom(order[i]);
    for (LinkId link = first; link < last; ++link) {
      const VertexId next = topology.links()[static_cast<size_t>(link)].target;
      if (hops[static_cast<size_t>(next)] >= 0) continue;
      hops[static_cast<size_t>(next)] = hops[static_cast<size_t>(order[i])] + 1;
      order.push_back(next);
    }
  }
  return hops;
}

// The topology with a source that feeds one half of the chips and a sink that drains the other.
class HalvesFlow {
 public:
  explicit HalvesFlow(const Topology& topology)
      : topology_(topology),
        source_(topology.vertices().size()),
        sink_(source_ + 1),
        graph_(sink_ + 1) {
    for (const Link& link : topology.links()) {
      AddPair(static_cast<size_t>(link.source), static_cast<size_t>(link.target));
    }
    for (int chip = 0; chip < topology.chips(); ++chip) {
      AddPair(source_, static_cast<size_t>(chip));
      AddPair(static_cast<size_t>(chip), sink_);
    }
  }

  // The greatest flow from chips with (chip / run) even to the others.
  int64_t GreatestFlow(int run) {
    std::vector<int64_t> capacity(reverse_.size(), 0);
    for (size_t l = 0; l < topology_.links().size(); ++l) {
      capacity[2 * l] = topology_.links()[l].bandwidth.bytes_per_second();
    }
    for (int chip = 0; chip < topology_.chips(); ++chip) {
      const auto half = static_cast<size_t>(chip / run % 2);
      const size_t pair = topology_.links().size() + 2 * static_cast<size_t>(chip) + half;
      capacity[2 * pair] = PortsOf(chip, half == 1);
    }
    std::vector<int64_t> residual(capacity.size(), 0);
    std::vector<Edge> predecessor(sink_ + 1);
    std::vector<int> color(sink_ + 1);
    std::vector<int64_t> distance(sink_ + 1);
    const auto edges = boost::get(boost::edge_index, graph_);
    const auto ends = boost::get(boost::vertex_index, graph_);
    const auto by_edge = [&](auto& values) {
      return boost::make_iterator_property_map(values.begin(), edges);
    };
    const auto by_vertex = [&](auto& values) {
      return boost::make_iterator_property_map(values.begin(), ends);
    };
    return boost::boykov_kolmogorov_max_flow(
        graph_, by_edge(capacity), by_edge(residual), by_edge(reverse_), by_vertex(predecessor),
        by_vertex(color), by_vertex(distance), ends, source_, sink_);
  }

 private:
  using Graph =
      boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property,
                            boost::property<boost::edge_index_t, size_t>>;
  using Edge = boost::graph_traits<Graph>::edge_descriptor;
  // What a chip can send, or receive, at most.
  int64_t PortsOf(ChipId chip, bool receives) const {
    int64_t sum = 0;
    const auto add = [&](LinkId link) {
      sum += topology_.links()[static_cast<size_t>(link)].bandwidth.bytes_per_second();
    };
    const auto [first, last] = topology_.LinksFrom(chip);
    if (receives) {
      for (const LinkId link : topology_.LinksInto(chip)) add(link);
    } else {
      for (LinkId link = first; link < last; ++link) add(link);
    }
    return sum;
  }

  // Edge 2i is the i-th that is added, edge 2i + 1 its reverse, which max-flow pushes back along.
  void AddPair(size_t source, size_t target) {
    const Edge edge = boost::add_edge(source, target, reverse_.size(), graph_).first;
    const Edge back = boost::add_edge(target, source, reverse_.size() + 1, graph_).first;
    reverse_.push_back(back);
    reverse_.push_back(edge);
  }

  const Topology& topology_;
  size_t source_;
  size_t sink_;
  Graph graph_;
  std::vector<Edge> reverse_;  // By edge. Links of the topology first, then those of each chip.
};

// C(n, k) for 0 <= k <= n <= `most`.
std::vector<std::vector<double>> BinomialCoefficients(int most) {
  const auto size = static_cast<size_t>(most) + 1;
  std::vector<std::vector<double>> choose(size, std::vector<double>(size, 0));
  for (size_t n = 0; n < size; ++n) {
    choose[n][0] = 1;
    for (size_t k = 1; k <= n; ++k) choose[n][k] = choose[n - 1][k - 1] + choose[n - 1][k];
  }
  return choose;
}

// The chance that of choose.size() - 1 flows on random uplinks no uplink gets more than `most`.
// Uplink by uplink: `ways[n]` is the chance that n given flows fall on those so far, none too full.
double ChanceOfAtMost(int most, int uplinks, const std::vector<std::vector<double>>& choose) {
  const double share = 1.0 / uplinks;
  std::vector<double> ways(choose.size(), 0);
  ways[0] = 1;
  for (int u = 0; u < uplinks; ++u) {
    for (size_t n = choose.size(); n-- > 0;) {  // Downwards: smaller n are still those before.
      double sum = 0;
      double power = 1;
      for (size_t k = 0; k <= std::min(static_cast<size_t>(most), n); ++k) {
        sum += choose[n][k] * power * ways[n - k];
        power *= share;
      }
      ways[n] = sum;
    }
  }
  return ways.back();
}

}  // namespace

Distances ChipDistances(const Topology& topology, int most_sources) {
  Distances distances;
  int64_t sum = 0;
  const int half = most_sources / 2;
  for (ChipId chip = 0; chip < topology.chips(); ++chip) {
    if (chip >= most_sources - half && chip < topology.chips() - half) continue;
    ++distances.from;
    const std::vector<int> hops = HopsFrom(topology, chip);
    for (ChipId other = 0; other < topology.chips(); ++other) {
      distances.diameter = std::max(distances.diameter, hops[static_cast<size_t>(other)]);
      sum += hops[static_cast<size_t>(other)];
    }
  }
  distances.mean = static_cast<double>(sum) /
                   (static_cast<double>(distances.from) * static_cast<double>(topology.chips()));
  return distances;
}

Bandwidth BisectionBandwidth(const Topology& topology) {
  TESSERA_CHECK(topology.chips() % 2 == 0);
  HalvesFlow halves(topology);
  int64_t least = std::numeric_limits<int64_t>::max();
  for (int run = topology.chips() / 2; run >= 1; --run) {
    if (topology.chips() % (2 * run) != 0) continue;
    least = std::min(least, halves.GreatestFlow(run));
  }
  return Bandwidth::BytesPerSecond(least);
}

EcmpCollisions CollisionsOf(int flows, int uplinks) {
  TESSERA_CHECK(flows >= 1 && uplinks >= 1);
  const std::vector<std::vector<double>> choose = BinomialCoefficients(flows);
  EcmpCollisions collisions;
  double fewer = 0;  // Probability that no uplink has m flows or more.
  for (int m = 1; m <= flows; ++m) {
    const double at_most = ChanceOfAtMost(m, uplinks, choose);
    if (m == 1) collisions.no_collision_probability = at_most;
    collisions.expected_most_flows += m * (at_most - fewer);
    collisions.slowest_flow_fraction += (at_most - fewer) / m;
    fewer = at_most;
  }
  collisions.idle_fraction = 1;
  for (int f = 0; f < flows; ++f) collisions.idle_fraction *= 1 - 1.0 / uplinks;
  return collisions;
}

double MeanQueueingServices(double utilisation, double squared_variation) {
  TESSERA_CHECK(utilisation >= 0 && utilisation < 1);
  return utilisation * (1 + squared_variation) / (2 * (1 - utilisation));
}

Bytes PauseHeadroom(const PauseParams& params) {
  __extension__ using Wide = __int128;
  constexpr Wide kPicosecondsPerSecond = 1'000'000'000'000;
  const Wide round_trip = Wide{2} * params.cable_delay.count() * params.rate.bytes_per_second();
  const Wide in_flight = (round_trip + kPicosecondsPerSecond - 1) / kPicosecondsPerSecond;
  return Bytes(static_cast<int64_t>(in_flight)) + 2 * params.largest_packet + params.reaction;
}

}  // namespace tessera
