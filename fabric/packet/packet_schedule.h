// Schedules of collectives as messages of packets.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "fabric/packet/packet_exchange.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

// Adds the transfers of `schedule` between `endpoints`, the chip of each rank, to `exchange`. Each
// is one message that starts, after its software latency, when its source knows that those before
// it are over. Transfers from a chip to itself take no time. `costs.rate_cap` is left out: packets
// take the rate of their links. Errors: a reducing switch takes part.
absl::Status AddSchedule(const Schedule& schedule, absl::Span<const VertexId> endpoints,
                         const TransferCosts& costs, const Topology& topology,
                         PacketExchange& exchange);

}  // namespace tessera
