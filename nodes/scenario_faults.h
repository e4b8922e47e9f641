// The faults of a scenario on its machine: names become links and ranks.
#pragma once

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "configs/fault_spec.h"
#include "fabric/link_health.h"
#include "nodes/chip_speed.h"
#include "topology/topology.h"

namespace tessera {

// Of the ranks whose chips are slow at some time.
using SlowRanks = std::map<int, ChipSpeed>;

// Whether a link fails at some time.
bool LinksFail(absl::Span<const FaultSpec> faults);

// Errors, here and below: a link or device that the machine does not have, with those that are
// near; `speed` of a device that is no chip.
absl::StatusOr<std::vector<LinkFault>> LinkFaultsOf(absl::Span<const FaultSpec> faults,
                                                    const Topology& topology);
absl::StatusOr<SlowRanks> SlowRanksOf(absl::Span<const FaultSpec> faults, const Topology& topology,
                                      int ranks_per_vertex);

}  // namespace tessera
