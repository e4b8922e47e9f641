#include "topology/analysis.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "core/check.h"

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

}  // namespace

Distances ChipDistances(const Topology& topology) {
  Distances distances;
  int64_t sum = 0;
  for (ChipId chip = 0; chip < topology.chips(); ++chip) {
    const std::vector<int> hops = HopsFrom(topology, chip);
    for (ChipId other = 0; other < topology.chips(); ++other) {
      distances.diameter = std::max(distances.diameter, hops[static_cast<size_t>(other)]);
      sum += hops[static_cast<size_t>(other)];
    }
  }
  const auto chips = static_cast<double>(topology.chips());
  distances.mean = static_cast<double>(sum) / (chips * chips);
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
  const auto f = static_cast<size_t>(flows);
  const double share = 1.0 / uplinks;
  // at_most[m]: probability that no uplink has more than m flows. By adding uplinks one at a time:
  // ways[n] = sum over k <= m of C(n, k) share^k ways'[n - k], the chance that n given flows fall
  // on the uplinks so far with none too full.
  std::vector<std::vector<double>> choose(f + 1, std::vector<double>(f + 1, 0));
  for (size_t n = 0; n <= f; ++n) {
    choose[n][0] = 1;
    for (size_t k = 1; k <= n; ++k) choose[n][k] = choose[n - 1][k - 1] + choose[n - 1][k];
  }
  std::vector<double> at_most(f + 1, 0);
  for (size_t m = 1; m <= f; ++m) {
    std::vector<double> ways(f + 1, 0);
    ways[0] = 1;
    for (int u = 0; u < uplinks; ++u) {
      std::vector<double> more(f + 1, 0);
      for (size_t n = 0; n <= f; ++n) {
        double power = 1;
        for (size_t k = 0; k <= std::min(m, n); ++k) {
          more[n] += choose[n][k] * power * ways[n - k];
          power *= share;
        }
      }
      ways = std::move(more);
    }
    at_most[m] = ways[f];
  }
  EcmpCollisions collisions;
  collisions.no_collision_probability = at_most[1];
  collisions.idle_fraction = 1;
  for (int i = 0; i < flows; ++i) collisions.idle_fraction *= 1 - share;
  for (size_t m = 1; m <= f; ++m) {
    const double exactly = at_most[m] - at_most[m - 1];
    collisions.expected_most_flows += static_cast<double>(m) * exactly;
    collisions.slowest_flow_fraction += exactly / static_cast<double>(m);
  }
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
