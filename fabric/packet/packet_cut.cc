#include "fabric/packet/packet_cut.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/container/btree_map.h"
#include "core/graph_cut.h"
#include "core/integer.h"
#include "core/random.h"
#include "core/status_macros.h"
#include "fabric/packet/forwarding.h"

namespace tessera {
namespace {

constexpr uint64_t kMostSampled = 8192;

// Packets at each vertex and on each link, of a sample of the flows.
struct Load {
  std::vector<int64_t> vertices;
  std::vector<int64_t> links;
};

Load EstimateLoad(const Topology& topology, const PacketParams& params,
                  absl::Span<const PacketFlow> flows) {
  Load load{.vertices = std::vector<int64_t>(topology.vertices().size(), 1),
            .links = std::vector<int64_t>(topology.links().size(), 1)};
  const bool by_table = params.transport != PacketTransport::kCredit;
  std::optional<Forwarding> forwarding;
  if (by_table) forwarding.emplace(topology);
  RandomStream random({.run_seed = params.seed});
  const uint64_t sampled = std::min<uint64_t>(flows.size(), kMostSampled);
  for (uint64_t i = 0; i < sampled; ++i) {
    const PacketFlow& flow = flows[sampled < flows.size() ? random.Below(flows.size()) : i];
    const int64_t packets = CeilDiv(flow.bytes.count(), params.payload.count());
    const auto path = static_cast<uint32_t>(random.Below(1 << 16));
    load.vertices[static_cast<size_t>(flow.source)] += packets;  // A pull, or a packet that waits.
    for (const LinkId link : by_table ? forwarding->Route(flow.source, flow.target, path)
                                      : topology.Way(flow.source, flow.target, 0)) {
      load.links[static_cast<size_t>(link)] += packets;
      load.vertices[static_cast<size_t>(topology.links()[static_cast<size_t>(link)].target)] +=
          packets;
    }
  }
  return load;
}

Duration LookaheadOf(const Link& link, const PacketParams& params) {
  return link.latency + TransferTime(params.header, link.bandwidth);
}

// All links between two vertices, in both directions.
struct Cable {
  int64_t packets = 0;
  Duration shortest = Duration::max();
};
struct Cables {
  absl::btree_map<std::pair<int32_t, int32_t>, Cable> between{};
  int64_t busiest = 1;  // Packets.
  Duration longest{1};
};

Cables CablesOf(const Topology& topology, const PacketParams& params, const Load& load) {
  Cables cables;
  for (size_t l = 0; l < topology.links().size(); ++l) {
    const Link& link = topology.links()[l];
    Cable& cable = cables.between[std::minmax(link.source, link.target)];
    cable.packets += load.links[l];
    cable.shortest = std::min(cable.shortest, LookaheadOf(link, params));
    cables.busiest = std::max(cables.busiest, cable.packets);
  }
  for (const auto& [ends, cable] : cables.between) {
    cables.longest = std::max(cables.longest, cable.shortest);
  }
  return cables;
}

// Vertices that stay together, numbered: those that cables much shorter than the longest one join,
// such as a chip and its NIC. A cut there would make windows as short as such a cable.
class Clusters {
 public:
  Clusters(size_t vertices, const Cables& cables) : leader_(vertices), number_(vertices) {
    constexpr int kMuchShorter = 4;
    std::iota(leader_.begin(), leader_.end(), 0);
    for (const auto& [ends, cable] : cables.between) {
      if (cable.shortest * kMuchShorter >= cables.longest) continue;
      leader_[LeaderOf(static_cast<size_t>(ends.second))] =
          static_cast<int32_t>(LeaderOf(static_cast<size_t>(ends.first)));
    }
    for (size_t v = 0; v < vertices; ++v) {
      if (LeaderOf(v) == v) number_[v] = count_++;
    }
    for (size_t v = 0; v < vertices; ++v) number_[v] = number_[LeaderOf(v)];
  }
  // Every vertex on its own.
  explicit Clusters(size_t vertices) : Clusters(vertices, {}) {}

  int32_t count() const { return count_; }
  int32_t Of(int32_t vertex) const { return number_[static_cast<size_t>(vertex)]; }

 private:
  size_t LeaderOf(size_t vertex) {
    while (static_cast<size_t>(leader_[vertex]) != vertex) {
      const auto above = static_cast<size_t>(leader_[vertex]);
      leader_[vertex] = leader_[above];
      vertex = above;
    }
    return vertex;
  }

  std::vector<int32_t> leader_;
  std::vector<int32_t> number_;
  int32_t count_ = 0;
};

// Weights up to 10^4, so that METIS' sums fit for a hundred thousand cables.
int32_t EdgeWeight(const Cable& cable, const Cables& cables) {
  constexpr int64_t kMost = 100;
  return static_cast<int32_t>((1 + (kMost - 1) * cable.packets / cables.busiest) *
                              std::clamp<int64_t>(cables.longest / cable.shortest, 1, kMost));
}

CutGraph GraphOf(const Clusters& clusters, const Cables& cables, const Load& load) {
  CutGraph graph{.vertex_weights = std::vector<int64_t>(static_cast<size_t>(clusters.count()))};
  for (size_t v = 0; v < load.vertices.size(); ++v) {
    graph.vertex_weights[static_cast<size_t>(clusters.Of(static_cast<int32_t>(v)))] +=
        load.vertices[v];
  }
  absl::btree_map<std::pair<int32_t, int32_t>, int32_t> weights;
  for (const auto& [ends, cable] : cables.between) {
    const int32_t a = clusters.Of(ends.first);
    const int32_t b = clusters.Of(ends.second);
    if (a != b) weights[std::minmax(a, b)] += EdgeWeight(cable, cables);
  }
  for (const auto& [ends, weight] : weights)
    graph.edges.push_back({ends.first, ends.second, weight});
  return graph;
}

}  // namespace

absl::StatusOr<PacketCut> CutPackets(const Topology& topology, const PacketParams& params,
                                     absl::Span<const PacketFlow> flows, int partitions) {
  // With fewer clusters a part than that, parts would be uneven.
  constexpr int kClustersAPart = 4;
  const Load load = EstimateLoad(topology, params, flows);
  const Cables cables = CablesOf(topology, params, load);
  Clusters clusters(topology.vertices().size(), cables);
  if (clusters.count() < kClustersAPart * partitions) {
    clusters = Clusters(topology.vertices().size());
  }
  TESSERA_ASSIGN_OR_RETURN(const std::vector<int32_t> parts,
                           CutIntoParts(GraphOf(clusters, cables, load), partitions));
  PacketCut cut;
  for (VertexId v = 0; v < static_cast<VertexId>(topology.vertices().size()); ++v) {
    cut.partition_of_vertex.push_back(parts[static_cast<size_t>(clusters.Of(v))]);
  }
  LookaheadMatrix direct(partitions);
  for (const Link& link : topology.links()) {
    const int from = cut.partition_of_vertex[static_cast<size_t>(link.source)];
    const int to = cut.partition_of_vertex[static_cast<size_t>(link.target)];
    if (from == to) continue;
    direct.Limit(from, to, LookaheadOf(link, params));
    direct.Limit(to, from, LookaheadOf(link, params));  // Pauses.
  }
  cut.lookahead = direct.Distances();
  return cut;
}

}  // namespace tessera
