// A topology as a packet network on the engine: one component a vertex, so that switches and hosts
// can be spread over partitions (fabric/packet/packet_cut.h). Every hop of a packet is one event.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/engine.h"
#include "fabric/packet/packet_flow.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

// What went over one link.
struct PacketLinkUse {
  int64_t packets = 0;  // With all their data.
  int64_t headers = 0;  // Of trimmed packets.
  int64_t trimmed = 0;  // Packets cut down before this link.
  int64_t marked = 0;   // Packets marked before it (ECN).
  Duration busy{};
  Bytes peak_queue{};  // Largest amount of data that waited for it.
  Duration paused{};   // Time for which the receiver had stopped it.
};

struct PacketFlowResult {
  bool arrived = false;
  Time arrival{};  // Of the last byte at the target.
  Time known{};    // When the source knew of it.
};

// The vertices that this engine runs; the others are remote, and run by equal networks on other
// engines.
struct PacketPart {
  std::vector<int32_t> partition_of_vertex{};  // Empty: all are here.
  int32_t self = 0;

  bool whole() const { return partition_of_vertex.empty(); }
  bool Has(VertexId vertex) const {
    return whole() || partition_of_vertex[static_cast<size_t>(vertex)] == self;
  }
};

class PacketNetwork {
 public:
  virtual ~PacketNetwork() = default;

  // Starts at flow.start >= engine.now(). Returns its number: 0, 1, 2, ... Of a network in parts,
  // all parts add all flows, in one order.
  // Errors: source and target are not two chips with a way between them; no bytes, or more than
  // 2^24 packets; a path that there is not.
  virtual absl::StatusOr<uint32_t> Add(const PacketFlow& flow) = 0;

  // The number of the path that takes these links from chip to chip, for PacketFlow::path; -1:
  // none.
  virtual int32_t PathOf(absl::Span<const LinkId> route) const = 0;

  // A flow without a start of its own starts at `at` >= now, says `sender`, a component of this
  // engine. Precondition: its source is here.
  virtual void Begin(uint32_t flow, Time at, ComponentId sender) = 0;

  // Of a network in parts: what the target knows where the target is, what the source knows where
  // the source is; else as if nothing had happened.
  virtual PacketFlowResult ResultOf(uint32_t flow) const = 0;
  // Of links whose sender is here.
  virtual std::vector<PacketLinkUse> link_use() const = 0;
  // For when the engine has run out of events: flows to here that are not over, and, if all of the
  // network is here, the cycle of links that wait for one another, by name. "" if all is over.
  virtual std::string DescribeUnfinished() const = 0;
};

// The network adds its components to `engine`: itself, then the vertices; `topology` outlives it.
// Errors: parameters out of range, more links than events can name (2^23).
absl::StatusOr<std::unique_ptr<PacketNetwork>> MakePacketNetwork(Engine& engine,
                                                                 const Topology& topology,
                                                                 const PacketParams& params,
                                                                 const PacketPart& part = {});

}  // namespace tessera
