#include "study/topology_view.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

const std::string& NameOf(const Topology& topology, VertexId vertex) {
  return topology.vertices()[static_cast<size_t>(vertex)].name;
}

absl::Status CheckRoute(const Topology& topology, ChipId from, ChipId to) {
  std::set<VertexId> passed = {from};
  VertexId at = from;
  const auto broken = [&](absl::string_view how) {
    return absl::InternalError(absl::StrCat("route from ", NameOf(topology, from), " to ",
                                            NameOf(topology, to), " ", how, " at ",
                                            NameOf(topology, at)));
  };
  for (const LinkId id : topology.Route(from, to)) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    if (link.source != at) return broken("has a gap");
    at = link.target;
    if (!passed.insert(at).second) return broken("comes back");
  }
  return at == to ? absl::OkStatus() : broken("ends");
}

// As topology/expand.h names them.
std::string EndName(const Topology& topology) {
  const std::string& name = topology.vertices().front().name;
  const size_t last = name.rfind('/') + 1;  // 0 if there is none.
  for (const char* unit : {"die", "tile"}) {
    if (last > 0 && name.compare(last, std::string(unit).size(), unit) == 0) return unit;
  }
  return "chip";
}

}  // namespace

TopologyView ViewTopology(const Topology& topology) {
  TopologyView view;
  view.chips = topology.chips();
  view.nodes = topology.nodes();
  for (const Vertex& vertex : topology.vertices()) {
    if (vertex.kind == VertexKind::kNic) ++view.nics;
    if (vertex.kind == VertexKind::kSwitch) ++view.switches;
  }
  view.end = EndName(topology);
  std::array<int64_t, kTierCount> out_of_chips{};
  for (const Link& link : topology.links()) {
    TierView& tier = view.tiers[static_cast<size_t>(link.tier)];
    if (tier.links++ == 0) {
      tier.least_bandwidth = tier.greatest_bandwidth = link.bandwidth;
      tier.least_latency = tier.greatest_latency = link.latency;
    }
    tier.least_bandwidth = std::min(tier.least_bandwidth, link.bandwidth);
    tier.greatest_bandwidth = std::max(tier.greatest_bandwidth, link.bandwidth);
    tier.least_latency = std::min(tier.least_latency, link.latency);
    tier.greatest_latency = std::max(tier.greatest_latency, link.latency);
    if (link.source < topology.chips()) {
      out_of_chips[static_cast<size_t>(link.tier)] += link.bandwidth.bytes_per_second();
    }
  }
  for (int t = 0; t < kTierCount; ++t) {
    view.tiers[static_cast<size_t>(t)].per_chip = Bandwidth::BytesPerSecond(
        out_of_chips[static_cast<size_t>(t)] / std::max(1, topology.chips()));
    view.tiers[static_cast<size_t>(t)].bisection =
        BisectionOfTier(topology, static_cast<Tier>(t), kMostBisected);
  }
  view.distances = ChipDistances(topology, kMostSources);
  view.asymmetries = Asymmetries(topology);
  return view;
}

absl::Status CheckRoutes(const Topology& topology) {
  constexpr int kEnds = 64;
  std::vector<ChipId> chips;
  for (ChipId chip = 0; chip < topology.chips(); ++chip) {
    if (chip < kEnds || chip >= topology.chips() - kEnds) chips.push_back(chip);
  }
  for (const ChipId from : chips) {
    for (const ChipId to : chips) TESSERA_RETURN_IF_ERROR(CheckRoute(topology, from, to));
  }
  return absl::OkStatus();
}

}  // namespace tessera
