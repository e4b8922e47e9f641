#include "nodes/split.h"

#include <algorithm>

#include "core/graph_cut.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// An edge weighs the more the shorter its lookahead is, relative to the longest.
int32_t EdgeWeight(Duration lookahead, Duration longest) {
  constexpr int64_t kHeaviest = 1000;
  return static_cast<int32_t>(std::min(kHeaviest, longest / std::max(lookahead, Duration(1))));
}

// Chips, then domains; an edge from each chip to the domains that it speaks to.
CutGraph GraphOf(const RunPlan& plan) {
  CutGraph graph;
  const int ranks = plan.ranks.ranks();
  for (int rank = 0; rank < ranks; ++rank) {
    graph.vertex_weights.push_back(1 + static_cast<int64_t>(plan.ProgramOf(rank).steps.size()));
  }
  Duration longest(1);
  for (DomainId d = 0; d < plan.exchanges.domains(); ++d) {
    longest = std::max(longest, plan.exchanges.traits(d).lookahead.notice);
  }
  for (DomainId d = 0; d < plan.exchanges.domains(); ++d) {
    const DomainTraits& traits = plan.exchanges.traits(d);
    graph.vertex_weights.push_back(1 + traits.work);
    const int32_t weight = EdgeWeight(traits.lookahead.notice, longest);
    for (const int rank : plan.exchanges.RanksOf(d)) {
      graph.edges.push_back({rank, ranks + d, weight});
    }
  }
  return graph;
}

}  // namespace

ComponentId ComponentsOf(DomainId domain, const RunPlan& plan) {
  return 2 + static_cast<ComponentId>(plan.exchanges.RanksOf(domain).size());
}

absl::StatusOr<Split> SplitRun(const RunPlan& plan, int partitions) {
  TESSERA_ASSIGN_OR_RETURN(const std::vector<int32_t> parts,
                           CutIntoParts(GraphOf(plan), plan.undivided() ? 1 : partitions));
  Split split;
  const auto ranks = static_cast<size_t>(plan.ranks.ranks());
  split.partition_of_chip.assign(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(ranks));
  split.partition_of_domain.assign(parts.begin() + static_cast<ptrdiff_t>(ranks), parts.end());
  auto next = static_cast<ComponentId>(ranks);
  for (DomainId d = 0; d < plan.exchanges.domains(); ++d) {
    split.domains.push_back(next);
    next += ComponentsOf(d, plan);
  }
  return split;
}

std::vector<int32_t> Split::PartitionOfComponents(const RunPlan& plan) const {
  std::vector<int32_t> partition_of = partition_of_chip;
  for (DomainId d = 0; d < plan.exchanges.domains(); ++d) {
    partition_of.insert(partition_of.end(), ComponentsOf(d, plan),
                        partition_of_domain[static_cast<size_t>(d)]);
  }
  return partition_of;
}

LookaheadMatrix Split::Lookaheads(const RunPlan& plan, int partitions) const {
  LookaheadMatrix matrix(partitions);
  for (DomainId d = 0; d < plan.exchanges.domains(); ++d) {
    const int of_domain = partition_of_domain[static_cast<size_t>(d)];
    const Lookahead lookahead = plan.LookaheadOfDomain(d);
    for (const int rank : plan.exchanges.RanksOf(d)) {
      const int of_chip = partition_of_chip[static_cast<size_t>(rank)];
      if (of_chip == of_domain) continue;
      matrix.Limit(of_chip, of_domain, lookahead.arrival);
      matrix.Limit(of_domain, of_chip, lookahead.notice);
    }
  }
  return matrix;
}

}  // namespace tessera
