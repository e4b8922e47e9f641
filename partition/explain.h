// Where each tensor lives and which communication each pass issues, as text.
#pragma once

#include <string>

#include "configs/job_spec.h"
#include "partition/partition.h"

namespace tessera {

// Bytes that one member of a group sends for one call, by tier. Rings for reductions and gathers;
// direct exchange for all-to-all (domain notes 1.2).
struct TierBytes {
  double scale_up = 0;
  double scale_out = 0;
};

// Three tables: the grid of ranks, the tensors of the fullest rank by class, and every kind of
// communication of the rank 0's program with calls, bytes a call and bytes a tier.
std::string ExplainPlan(const ScenarioSpec& scenario, const LoweredJob& job);

}  // namespace tessera
