// Which partition runs which switch and host of a packet network, and how long events between the
// partitions take at least.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/parallel_run.h"
#include "fabric/packet/packet_flow.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

struct PacketCut {
  std::vector<int32_t> partition_of_vertex{};
  LookaheadMatrix lookahead{1};
};

// About equal numbers of events in each part, few packets and no short links on the cut (METIS).
// What links much shorter than the longest ones join stays together, if parts can be even then.
// Events are estimated from a sample of the flows. A packet or a pause takes at least the latency
// of its link and a header's time on it; what goes from host to host at once (a pull, a notice, the
// last acknowledgement) takes as long as a header over all links on its way, so at least the
// shortest chain of cuts. O(vertices + links + hops of the sample). Errors: METIS refuses.
absl::StatusOr<PacketCut> CutPackets(const Topology& topology, const PacketParams& params,
                                     absl::Span<const PacketFlow> flows, int partitions);

}  // namespace tessera
