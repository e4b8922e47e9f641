// What all switches and hosts of one packet network share. Flows and forwarding do not change while
// packets of them are under way; the rest belongs to one component each: a port to the sender of
// its link, progress at the target to the target.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/packet/forwarding.h"
#include "fabric/packet/packet_flow.h"
#include "fabric/packet/packet_params.h"
#include "fabric/packet/spray.h"
#include "topology/topology.h"

namespace tessera {

class Engine;

// Of one flow, kept by its target and its source.
struct FlowProgress {
  uint32_t arrived = 0;    // Packets, whole.
  uint32_t asked_for = 0;  // By the target, less those that were trimmed.
  uint32_t sent = 0;       // By the source, repeats not counted.
  Time arrival{};          // Of the last one; then ...
  Time acknowledged{};     // ... when the source knew.
  bool done = false;       // All have arrived.
};

struct PacketContext {
  const Topology& topology;
  const PacketParams params;
  const Forwarding forwarding;
  std::vector<PacketFlow> flows{};
  std::vector<FlowFacts> facts{};
  std::vector<FlowProgress> progress{};
  std::vector<Spray> sprays{};      // Kept by the source.
  ComponentId first_component = 0;  // Vertex v is component first_component + v.

  ComponentId ComponentOf(VertexId vertex) const {
    return first_component + static_cast<ComponentId>(vertex);
  }
  const Link& LinkOf(LinkId link) const { return topology.links()[static_cast<size_t>(link)]; }
  bool IsLast(uint32_t flow, uint32_t number) const { return number + 1 == facts[flow].packets; }
  Bytes SizeOf(uint32_t flow, uint32_t number) const {
    return params.header + (IsLast(flow, number) ? facts[flow].last_payload : params.payload);
  }
};

// Notes that a packet has arrived whole; true if it was the last one missing.
bool NoteArrival(PacketContext& context, uint32_t flow, Time now);
// Tells who wants to know that the flow is over, as seen by the target or by the source.
void Notify(const PacketContext& context, uint32_t flow, bool at_source, ComponentId self,
            Engine& engine);

}  // namespace tessera
