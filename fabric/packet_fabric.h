// The fabric of a machine whose network between nodes is simulated packet by packet
// (fabric/packet): what stays in a node is fluid or analytic, what leaves it is a flow of packets
// from chip to chip.
//
// A schedule that never leaves its nodes runs on the fluid fabric as it is. Of any other one each
// transfer starts when its predecessors are over: in a node as a run of its own on the fluid
// fabric, between nodes, after its software latency, as packets. Packets take the latencies of the
// links and the time on each of them hop by hop.
//
// Simplifications: packets and the fluid traffic of a node share no link (chips reach their NICs
// over links of their own); a rate cap only keeps a message from arriving earlier than it allows;
// transfers between nodes that begin or end at a reducing switch stay fluid. Ends of one time are
// delivered in the order in which the last packets arrive.
//
// Paths: sprayed packets take all shortest ways. With PathChoice::kHash a message takes those that
// the topology's routing policy gives its two chips, an equal stripe of its bytes on each
// (Topology::ways(): several queue pairs), so that two messages collide where the fluid model says
// so; a way that is no shortest one is replaced by a hashed one.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "core/engine.h"
#include "fabric/fabric.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

// `options` are those of what stays in a node; its tiers say nothing about scale_out. `topology`
// outlives the fabric, which adds itself to `engine`. A message that packets cannot carry (more
// than 2^24 of them) never ends and is named by DescribeUnfinished(). The bytes of link_use() count
// headers where packets went. Errors: as of MakePacketNetwork.
absl::StatusOr<std::unique_ptr<Fabric>> MakePacketFabric(Engine& engine, const Topology& topology,
                                                         const PacketParams& params,
                                                         const FluidOptions& options);

}  // namespace tessera
