// Where the ranks of a group lie on a machine, as far as algorithms care.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "collectives/algorithm.h"
#include "configs/system_spec.h"
#include "core/units.h"
#include "topology/topology.h"

namespace tessera {

struct GroupLayout {
  // As in AlgorithmInput. Groups that do not fill their nodes evenly, node by node in rank order,
  // count as one rank per node.
  int ranks_per_node = 1;
  int nodes = 1;
  int rails = 1;
  Bandwidth scale_up;   // Payload rate of all scale-up links of a chip; zero: there are none.
  Bandwidth scale_out;  // Of one NIC, the slowest link on the way; zero: one node.
  // Link latencies of one message to a neighbour of the group; zero: no such neighbour.
  Duration scale_up_wire{};
  Duration scale_out_wire{};
  // On a ring, line, mesh or torus: the part of it that the ranks fill in order, without dimensions
  // of one; empty: they do not.
  std::vector<GridDimension> grid;
};

// Several ranks may share a chip. Errors: no ranks, ranks outside the topology.
absl::StatusOr<GroupLayout> LayoutOf(absl::Span<const ChipId> ranks, const SystemSpec& system,
                                     const Topology& topology);

}  // namespace tessera
