// The sub-grid that a group of chips fills on a ring, line, mesh or torus.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "collectives/algorithm.h"
#include "configs/system_spec.h"
#include "topology/topology.h"

namespace tessera {

// Chips are numbered along the first extent of the system's shape first. The ranks must be
// neighbours in every dimension and in the same order; a dimension wraps if the machine's does and
// the group fills it. Dimensions of one chip are left out. Empty: another kind of topology, or
// ranks that are no sub-grid of one node.
std::vector<GridDimension> GridOfRanks(absl::Span<const ChipId> ranks, const SystemSpec& system);

}  // namespace tessera
