// Which partition runs which logical process of a run.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/engine.h"
#include "core/parallel_run.h"
#include "nodes/domain_context.h"

namespace tessera {

// Components are numbered alike in every partition: the chips by rank, then for each domain itself,
// the ports of its ranks and its fabric.
struct Split {
  std::vector<ComponentId> domains;  // Id of each domain; the next ones belong to it.
  std::vector<int32_t> partition_of_chip;
  std::vector<int32_t> partition_of_domain;

  std::vector<int32_t> PartitionOfComponents(const RunPlan& plan) const;
  LookaheadMatrix Lookaheads(const RunPlan& plan, int partitions) const;
};

// Components of a domain: itself, its ports, its fabric.
ComponentId ComponentsOf(DomainId domain, const RunPlan& plan);

// Few events and little lookahead on the cut, about equal work on each side. What folding has left
// of a job stays together, in partition 0: it is small, and its pipeline stages meet in every
// window. So does a job whose fabric has no lookahead.
absl::StatusOr<Split> SplitRun(const RunPlan& plan, int partitions);

}  // namespace tessera
