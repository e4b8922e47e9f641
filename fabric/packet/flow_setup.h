// What a packet network works out about a flow before it starts.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fabric/packet/packet_context.h"

namespace tessera {

// Errors: source and target are not two chips with a way between them; no bytes, or more than 2^24
// packets; a path that there is not; 2^24 flows before it.
absl::Status CheckFlow(const PacketContext& context, const PacketFlow& flow);

// Of a flow that has been checked; `number` is the one that it gets. O(hops). A credit network
// remembers the way. Errors of the route: as of CreditWays::Of.
absl::StatusOr<FlowRoute> RouteOf(PacketContext& context, const PacketFlow& flow);
FlowSource SourceOf(const PacketContext& context, const PacketFlow& flow, uint32_t number);
FlowTarget TargetOf(const PacketContext& context, const PacketFlow& flow);

}  // namespace tessera
