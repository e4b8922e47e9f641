#include "nodes/scenario_faults.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "configs/closest_name.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status UnknownName(const FaultSpec& fault, absl::string_view key, absl::string_view name,
                         const std::vector<std::string>& names) {
  return absl::InvalidArgumentError(absl::StrCat(fault.place, ": faults: no ", key, " \"", name,
                                                 "\" on this machine; ",
                                                 AcceptedNames(name, names, 8)));
}

absl::StatusOr<VertexId> FindDevice(const FaultSpec& fault, absl::string_view name,
                                    const Topology& topology) {
  const absl::Span<const Vertex> vertices = topology.vertices();
  std::vector<std::string> names;
  for (size_t v = 0; v < vertices.size(); ++v) {
    if (vertices[v].name == name) return static_cast<VertexId>(v);
    names.push_back(vertices[v].name);
  }
  return UnknownName(fault, "device", name, names);
}

// All links from `source` to `target`.
absl::Status AddLinks(const FaultSpec& fault, std::pair<VertexId, VertexId> ends,
                      const Topology& topology, std::vector<LinkId>& links) {
  const size_t before = links.size();
  std::vector<std::string> names;
  const auto [first, last] = topology.LinksFrom(ends.first);
  for (LinkId link = first; link < last; ++link) {
    if (topology.links()[static_cast<size_t>(link)].target == ends.second) links.push_back(link);
    names.push_back(topology.LinkName(link));
  }
  if (links.size() > before) return absl::OkStatus();
  const std::string name =
      absl::StrCat(topology.vertices()[static_cast<size_t>(ends.first)].name, " -> ",
                   topology.vertices()[static_cast<size_t>(ends.second)].name);
  return UnknownName(fault, "link", name, names);
}

absl::StatusOr<std::vector<LinkId>> LinksOfLink(const FaultSpec& fault, const Topology& topology) {
  const bool both = absl::StrContains(fault.link, "<->");
  const std::vector<std::string> ends = absl::StrSplit(fault.link, both ? "<->" : "->");
  if (ends.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(fault.place, ": faults: link: found \"", fault.link,
                     "\"; accepted: \"SOURCE -> TARGET\", or \"A <-> B\" for both directions"));
  }
  TESSERA_ASSIGN_OR_RETURN(const VertexId a,
                           FindDevice(fault, absl::StripAsciiWhitespace(ends[0]), topology));
  TESSERA_ASSIGN_OR_RETURN(const VertexId b,
                           FindDevice(fault, absl::StripAsciiWhitespace(ends[1]), topology));
  std::vector<LinkId> links;
  TESSERA_RETURN_IF_ERROR(AddLinks(fault, {a, b}, topology, links));
  if (both) TESSERA_RETURN_IF_ERROR(AddLinks(fault, {b, a}, topology, links));
  return links;
}

absl::StatusOr<std::vector<LinkId>> LinksOf(const FaultSpec& fault, const Topology& topology) {
  if (fault.device.empty()) return LinksOfLink(fault, topology);
  TESSERA_ASSIGN_OR_RETURN(const VertexId vertex, FindDevice(fault, fault.device, topology));
  const absl::Span<const LinkId> into = topology.LinksInto(vertex);
  std::vector<LinkId> links(into.begin(), into.end());
  const auto [first, last] = topology.LinksFrom(vertex);
  for (LinkId link = first; link < last; ++link) links.push_back(link);
  return links;
}

// One for each share that is left: links of different length lose different parts to repetition.
void AddLinkFaults(const FaultSpec& fault, const std::vector<LinkId>& links,
                   const Topology& topology, std::vector<LinkFault>& faults) {
  std::map<double, std::vector<LinkId>> links_of_share;
  for (const LinkId link : links) {
    const double share =
        fault.bit_error_rate.has_value()
            ? ShareWithRetries(topology.links()[static_cast<size_t>(link)], *fault.bit_error_rate)
            : *fault.rate;
    links_of_share[share].push_back(link);
  }
  for (auto& [share, alike] : links_of_share) {
    if (share == 1) continue;  // Too few errors to be felt.
    faults.push_back({.links = std::move(alike),
                      .from = Time(fault.at),
                      .length = fault.length.value_or(LinkFault::kForever),
                      .every = fault.every,
                      .share = share,
                      .reroute_after = fault.reroute_after});
  }
}

}  // namespace

bool LinksFail(absl::Span<const FaultSpec> faults) {
  return std::any_of(faults.begin(), faults.end(),
                     [](const FaultSpec& fault) { return fault.touches_links(); });
}

absl::StatusOr<std::vector<LinkFault>> LinkFaultsOf(absl::Span<const FaultSpec> faults,
                                                    const Topology& topology) {
  std::vector<LinkFault> of_links;
  for (const FaultSpec& fault : faults) {
    if (!fault.touches_links()) continue;
    TESSERA_ASSIGN_OR_RETURN(const std::vector<LinkId> links, LinksOf(fault, topology));
    AddLinkFaults(fault, links, topology, of_links);
  }
  return of_links;
}

absl::StatusOr<SlowRanks> SlowRanksOf(absl::Span<const FaultSpec> faults, const Topology& topology,
                                      int ranks_per_vertex) {
  SlowRanks slow;
  for (const FaultSpec& fault : faults) {
    if (fault.speed == 1) continue;
    TESSERA_ASSIGN_OR_RETURN(const VertexId chip, FindDevice(fault, fault.device, topology));
    if (chip >= topology.chips()) {
      return absl::InvalidArgumentError(absl::StrCat(fault.place, ": faults: speed: ", fault.device,
                                                     " computes nothing; accepted: a chip"));
    }
    for (int rank = chip * ranks_per_vertex; rank < (chip + 1) * ranks_per_vertex; ++rank) {
      slow[rank].Add({.from = Time(fault.at),
                      .length = fault.length.value_or(Duration::max()),
                      .every = fault.every,
                      .speed = fault.speed});
    }
  }
  return slow;
}

}  // namespace tessera
