// The fabric of a machine of which one tier or both are simulated packet by packet
// (fabric/packet): transfers between chips of one node, transfers between nodes. What is not
// packets is fluid or analytic.
//
// A schedule without packets runs on the fluid fabric as it is. Of any other one each transfer
// starts when its predecessors are over: as packets after its software latency, or as a run of its
// own on the fluid fabric. Packets take the latencies of the links and the time on each of them hop
// by hop.
//
// Simplifications: traffic of the two tiers, and packets and fluid traffic, share no link (chips
// reach their NICs over links of their own); a rate cap only keeps a message from arriving earlier
// than it allows; transfers that begin or end at a reducing switch stay fluid. Ends of one time are
// delivered in the order in which the last packets arrive.
//
// Paths: sprayed packets take all shortest ways. With PathChoice::kHash a message takes those that
// the topology's routing policy gives its two chips, an equal stripe of its bytes on each
// (Topology::ways(): several queue pairs), so that two messages collide where the fluid model says
// so; a way that is no shortest one is replaced by a hashed one. Credit networks take the
// topology's first way.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "core/engine.h"
#include "fabric/fabric.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

struct PacketTiers {
  std::optional<PacketParams> scale_up{};   // Between chips of one node.
  std::optional<PacketParams> scale_out{};  // Between nodes.
};

// `options` are those of what is not packets. `topology` outlives the fabric, which adds itself to
// `engine`. A message that packets cannot carry (more than 2^24 of them) never ends and is named by
// DescribeUnfinished(). The bytes of link_use() count headers where packets went. Errors: as of
// MakePacketNetwork.
absl::StatusOr<std::unique_ptr<Fabric>> MakePacketFabric(Engine& engine, const Topology& topology,
                                                         const PacketTiers& tiers,
                                                         const FluidOptions& options);

}  // namespace tessera
