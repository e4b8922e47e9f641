// What differs between the parts of a topology, and what one tier of it can carry.
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "topology/analysis.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

const std::string& NameOf(const Topology& topology, VertexId vertex) {
  return topology.vertices()[static_cast<size_t>(vertex)].name;
}

bool HasEqualBack(const Topology& topology, const Link& link) {
  const LinkId back = topology.FindLink(link.target, link.source);
  return back >= 0 && topology.links()[static_cast<size_t>(back)].bandwidth == link.bandwidth;
}

// Links out of a chip by tier and rate.
using Ports = std::map<std::pair<Tier, int64_t>, int>;
Ports PortsOf(const Topology& topology, ChipId chip) {
  Ports ports;
  const auto [first, last] = topology.LinksFrom(chip);
  for (LinkId id = first; id < last; ++id) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    ++ports[{link.tier, link.bandwidth.bytes_per_second()}];
  }
  return ports;
}

// The first node alone, with its links of one tier. An error if they do not join its chips.
absl::StatusOr<std::unique_ptr<Topology>> FirstNode(const Topology& topology, Tier tier) {
  TopologyBuilder builder;
  std::vector<VertexId> place(topology.vertices().size(), -1);
  for (const bool chips : {true, false}) {
    for (size_t v = 0; v < topology.vertices().size(); ++v) {
      const Vertex& vertex = topology.vertices()[v];
      if (vertex.node != 0 || (vertex.kind == VertexKind::kChip) != chips) continue;
      place[v] = builder.AddVertex(vertex);
    }
  }
  for (const Link& link : topology.links()) {
    const VertexId source = place[static_cast<size_t>(link.source)];
    const VertexId target = place[static_cast<size_t>(link.target)];
    if (link.tier != tier || source < 0 || target < 0) continue;
    Link inside = link;
    inside.source = source;
    inside.target = target;
    builder.AddLink(inside);
  }
  return std::move(builder).Build({.chips_per_node = topology.chips_per_node()});
}

}  // namespace

std::optional<Bandwidth> BisectionOfTier(const Topology& topology, Tier tier, int most_chips) {
  bool any = false;
  for (const Link& link : topology.links()) any = any || link.tier == tier;
  const bool whole = tier == Tier::kScaleOut;
  const int chips = whole ? topology.chips() : topology.chips_per_node();
  if (!any || chips < 2 || chips % 2 != 0 || chips > most_chips) return std::nullopt;
  if (whole) return BisectionBandwidth(topology);
  const absl::StatusOr<std::unique_ptr<Topology>> node = FirstNode(topology, tier);
  if (!node.ok()) return std::nullopt;
  return BisectionBandwidth(**node);
}

std::vector<std::string> Asymmetries(const Topology& topology) {
  std::vector<std::string> found;
  int64_t one_way = 0;
  std::string first_link;
  for (size_t l = 0; l < topology.links().size(); ++l) {
    if (HasEqualBack(topology, topology.links()[l])) continue;
    if (one_way++ == 0) first_link = topology.LinkName(static_cast<LinkId>(l));
  }
  if (one_way > 0) {
    found.push_back(
        absl::StrCat(one_way, " links have no link of the same rate back, first ", first_link));
  }
  std::map<Ports, std::pair<int64_t, ChipId>> by_ports;  // How many chips, and the first one.
  for (ChipId chip = 0; chip < topology.chips(); ++chip) {
    const auto [entry, is_new] =
        by_ports.try_emplace(PortsOf(topology, chip), std::make_pair(0, chip));
    ++entry->second.first;
  }
  int64_t most = 0;
  for (const auto& [ports, chips] : by_ports) most = std::max(most, chips.first);
  bool kept_one = false;  // Of several equally frequent kinds one counts as the usual.
  for (const auto& [ports, chips] : by_ports) {
    if (chips.first == most && !kept_one) {
      kept_one = true;
      continue;
    }
    found.push_back(absl::StrCat(chips.first, " chips have other links than most, first ",
                                 NameOf(topology, chips.second)));
  }
  return found;
}

}  // namespace tessera
