#include "collectives/group_layout.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collectives/rank_grid.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

absl::Status CheckRanks(absl::Span<const ChipId> ranks, const Topology& topology) {
  if (ranks.empty()) return absl::InvalidArgumentError("a group of no ranks; give 1 or more");
  std::vector<ChipId> sorted(ranks.begin(), ranks.end());
  std::sort(sorted.begin(), sorted.end());
  if (sorted.front() < 0 || sorted.back() >= topology.chips()) {
    return absl::InvalidArgumentError(
        absl::StrCat("rank on chip ", sorted.front() < 0 ? sorted.front() : sorted.back(),
                     "; the topology has the chips 0 to ", topology.chips() - 1));
  }
  return absl::OkStatus();
}

// Ranks per node if the group fills its nodes evenly, one after the other; else 1.
int RanksPerNode(absl::Span<const ChipId> ranks, const Topology& topology) {
  const auto node = [&](size_t i) { return ranks[i] / topology.chips_per_node(); };
  size_t run = 1;
  while (run < ranks.size() && node(run) == node(0)) ++run;
  if (ranks.size() % run != 0) return 1;
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (node(i) != node(i / run * run)) return 1;
    if (i % run == 0 && i > 0 && node(i) == node(i - 1)) return 1;
  }
  return static_cast<int>(run);
}

Bandwidth ScaleUpRate(ChipId chip, const Topology& topology) {
  int64_t sum = 0;
  const auto [first, last] = topology.LinksFrom(chip);
  for (LinkId id = first; id < last; ++id) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    if (link.tier == Tier::kScaleUp) sum += link.bandwidth.bytes_per_second();
  }
  return Bandwidth::BytesPerSecond(sum);
}

// The NIC over which `source` reaches `target`, and the slowest link behind it.
struct Exit {
  VertexId nic = -1;
  Bandwidth rate;
};
Exit ExitTo(ChipId source, ChipId target, const Topology& topology) {
  Exit exit;
  for (const LinkId id : topology.Route(source, target)) {
    const Link& link = topology.links()[static_cast<size_t>(id)];
    if (link.tier != Tier::kScaleOut) continue;
    if (exit.nic < 0) {
      exit = {link.target, link.bandwidth};
    } else {
      exit.rate = std::min(exit.rate, link.bandwidth);
    }
  }
  return exit;
}

}  // namespace

absl::StatusOr<GroupLayout> LayoutOf(absl::Span<const ChipId> ranks, const SystemSpec& system,
                                     const Topology& topology) {
  TESSERA_RETURN_IF_ERROR(CheckRanks(ranks, topology));
  GroupLayout layout;
  const int n = static_cast<int>(ranks.size());
  layout.ranks_per_node = RanksPerNode(ranks, topology);
  layout.nodes = n / layout.ranks_per_node;
  layout.scale_up = ScaleUpRate(ranks[0], topology);
  if (layout.ranks_per_node > 1) layout.scale_up_wire = topology.RouteLatency(ranks[0], ranks[1]);
  if (layout.nodes == 1) {
    layout.grid = GridOfRanks(ranks, system);
    return layout;
  }
  layout.scale_out_wire =
      topology.RouteLatency(ranks[0], ranks[static_cast<size_t>(layout.ranks_per_node)]);
  std::vector<VertexId> nics;
  for (int i = 0; i < layout.ranks_per_node; ++i) {
    // To the rank of the same place in the next node.
    const auto peer = static_cast<size_t>(i + layout.ranks_per_node);
    const Exit exit = ExitTo(ranks[static_cast<size_t>(i)], ranks[peer], topology);
    if (exit.nic < 0) continue;
    if (nics.empty() || nics.back() != exit.nic) nics.push_back(exit.nic);
    layout.scale_out = nics.size() == 1 ? exit.rate : std::min(layout.scale_out, exit.rate);
  }
  const int count = static_cast<int>(nics.size());
  layout.rails = count > 0 && layout.ranks_per_node % count == 0 ? count : 1;
  return layout;
}

}  // namespace tessera
