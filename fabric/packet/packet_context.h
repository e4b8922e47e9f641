// What the switches and hosts of one packet network have in common. Topology, parameters,
// forwarding and routes of flows do not change while packets are under way, so every partition of a
// split run holds an equal copy. The rest belongs to one component each: what the source of a flow
// keeps to that host, what the target keeps to that one, a port to the sender of its link.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/packet/credit_ways.h"
#include "fabric/packet/flow_table.h"
#include "fabric/packet/forwarding.h"
#include "fabric/packet/packet_flow.h"
#include "fabric/packet/packet_params.h"
#include "topology/topology.h"

namespace tessera {

class Engine;

struct PacketContext {
  const Topology& topology;
  const PacketParams params;
  const std::optional<Forwarding> forwarding;  // Of networks that forward by tables.
  CreditWays ways{};                           // Of those that do not.
  std::vector<PacketFlow> flows{};
  std::vector<FlowRoute> routes{};
  FlowTable<FlowSource> sources{};
  FlowTable<FlowTarget> targets{};
  ComponentId first_component = 0;  // Vertex v is component first_component + v.

  ComponentId ComponentOf(VertexId vertex) const {
    return first_component + static_cast<ComponentId>(vertex);
  }
  const Link& LinkOf(LinkId link) const { return topology.links()[static_cast<size_t>(link)]; }
  bool IsLast(uint32_t flow, uint32_t number) const { return number + 1 == routes[flow].packets; }
  Bytes SizeOf(uint32_t flow, uint32_t number) const {
    return params.header + (IsLast(flow, number) ? routes[flow].last_payload : params.payload);
  }
};

// Notes that a packet has arrived whole; true if it was the last one missing.
bool NoteArrival(PacketContext& context, uint32_t flow, Time now);
// `self` tells whoever wants to know.
void Tell(const PacketNotice& notice, ComponentId self, Engine& engine);

}  // namespace tessera
