// What splitting a run over processes has brought, in words.
#pragma once

#include <string>
#include <vector>

#include "nodes/simulation.h"

namespace tessera {

// Windows, events per window, how busy the processes were, whether splitting has slowed the run
// down and what would help. Empty for fewer than two partitions. `folded`: as in SimulationResult;
// a folded job runs on one process.
std::string SplitSummary(const std::vector<PartitionLoad>& partitions, int folded = 1);

}  // namespace tessera
