// Exact folding of data parallel replicas: of a job whose replicas do the same at the same time,
// only as many run as two nodes of every stage hold, and each stands for many.
//
// Why it is exact. Replicas lie on the machine one after the other and share programs. A shift of
// all ranks by two nodes of their stage maps programs to programs, groups to groups, routes to
// routes (one leaf a rail: every pair of nodes is alike) and rings to rings, so ranks that differ
// by such shifts do the same at the same time. In the quotient every link carries what one of its
// kind carries: a ring over all replicas becomes a ring over the two nodes with as many hops and
// chunks as the whole one (CollectiveRequest::fold). Source: the proof for equitable partitions of
// transfers and links, domain notes on folding.
//
// Simplification: where replicas reach over several leaves, neighbours on different leaves have two
// more switches between them than neighbours on one; such folds are near, not exact.
#pragma once

#include <array>
#include <optional>

#include "configs/job_spec.h"
#include "partition/partition.h"
#include "partition/plan.h"

namespace tessera {

struct Fold {
  int factor = 1;                         // So many ranks does each one that runs stand for.
  bool exact = true;                      // No extra switch is neglected.
  PlanSpec plan;                          // Of those that run.
  ScenarioSpec machine;                   // The system, nodes and chips that they run on; no job.
  std::array<int, kAxisCount> of_axis{};  // Group along the axis over its members that run.
};

// The largest fold of a lowered training job; none where replicas differ (skewed routing) or do not
// fill an even number of nodes. O(ranks).
std::optional<Fold> FoldOf(const ScenarioSpec& scenario, const LoweredJob& job);

}  // namespace tessera
