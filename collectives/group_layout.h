// Where the ranks of a group lie on a machine, as far as algorithms care.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
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
};

// Several ranks may share a chip. Errors: no ranks, ranks outside the topology.
absl::StatusOr<GroupLayout> LayoutOf(absl::Span<const ChipId> ranks, const Topology& topology);

}  // namespace tessera
