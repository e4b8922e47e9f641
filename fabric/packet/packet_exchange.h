// Messages between hosts that wait for one another, simulated packet by packet from the first to
// the last, on one engine or on several partitions with equal results.
//
// A host knows that a message to it is over when it has arrived, and that one from it is over when
// its target's acknowledgement has come back. A message starts when its source knows that all those
// before it are over. So nobody needs to know what only another host can know, and hosts and
// switches can be spread over partitions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/parallel_run.h"
#include "core/units.h"
#include "core/window_transport.h"
#include "fabric/packet/packet_network.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

struct PacketMessage {
  VertexId source = 0;  // Chips; not the same.
  VertexId target = 0;
  Bytes bytes{};     // At least 1.
  Duration delay{};  // From when its source may send it until it does: software.
  // Messages before it, PacketExchange::predecessors[first, first + count); each of them starts or
  // ends at this one's source.
  int32_t first_predecessor = 0;
  int32_t predecessor_count = 0;
};

struct PacketExchange {
  std::vector<PacketMessage> messages{};  // In a topological order.
  std::vector<int32_t> predecessors{};

  absl::Span<const int32_t> PredecessorsOf(const PacketMessage& message) const {
    return absl::MakeConstSpan(predecessors)
        .subspan(static_cast<size_t>(message.first_predecessor),
                 static_cast<size_t>(message.predecessor_count));
  }
};

// What one partition has done.
struct PacketPartLoad {
  int32_t vertices = 0;  // Hosts and switches.
  ParallelRunStatistics run{};
};

struct PacketExchangeResult {
  std::vector<PacketFlowResult> messages{};
  std::vector<PacketLinkUse> links{};
  Time arrived{};                       // The last byte of all.
  int64_t events = 0;                   // Of all partitions.
  std::vector<PacketPartLoad> parts{};  // Of a split run; what is above does not depend on it.

  int64_t trimmed() const;  // Packets.
  // Of when each message arrived and was known to, and of what went over each link.
  std::string Hash() const;
};

// `transport` null: on one engine. Else this is one partition of several, each of which calls this
// with equal arguments; partition 0 gets the result, the others an empty one. Errors: as of
// MakePacketNetwork and PacketNetwork::Add, a message that waits for one that its source knows
// nothing of, messages that never end (with their names), a partition that is lost.
absl::StatusOr<PacketExchangeResult> RunPacketExchange(const Topology& topology,
                                                       const PacketParams& params,
                                                       const PacketExchange& exchange,
                                                       WindowTransport* transport = nullptr);

}  // namespace tessera
