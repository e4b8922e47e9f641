// A message from one host to another, cut into packets.
#pragma once

#include <cstdint>

#include "core/event.h"
#include "core/units.h"
#include "fabric/packet/credit_ways.h"
#include "fabric/packet/forwarding.h"
#include "fabric/packet/spray.h"
#include "topology/topology.h"

namespace tessera {

// Who is told of something, by event; at once, so it is a component of the same engine.
struct PacketNotice {
  bool wanted = false;
  ComponentId component = 0;
  uint32_t kind = 0;
  uint64_t payload = 0;
};

// What a user asks for. Source and target differ; at least one byte.
struct PacketFlow {
  VertexId source = 0;
  VertexId target = 0;
  Bytes bytes{};
  Time start{};  // Time::max(): when PacketNetwork::Begin says so.
  // The one to take where paths are chosen by hash; -1: by hash. Of a credit network the one of the
  // topology's ways; -1: the first.
  int32_t path = -1;
  PacketNotice arrived{};  // Everything has arrived at the target ...
  PacketNotice known{};    // ... and the source knows it.
};

// What every switch and host may ask about a flow; fixed once it is there.
struct FlowRoute {
  Forwarding::Address to{};  // Unless the way is fixed:
  CreditWay way{};
  uint32_t packets = 0;
  Bytes last_payload{};  // Of the last packet; all others are full.
};

// What the source keeps.
struct FlowSource {
  uint32_t window = 0;  // Packets that leave without a pull; at most all.
  uint32_t sent = 0;    // Repeats not counted.
  uint32_t fixed_path = 0;
  Time acknowledged{};  // When it knew that all had arrived.
  Spray spray;
};

// What the target keeps.
struct FlowTarget {
  VertexId source = 0;
  uint32_t arrived = 0;    // Packets, whole.
  uint32_t asked_for = 0;  // Less those that were trimmed.
  bool done = false;       // All have arrived,
  Time arrival{};          // the last one then.
  Duration return_time{};  // Of a header to the source over idle links.
};

}  // namespace tessera
