// A message from one host to another, cut into packets.
#pragma once

#include <cstdint>

#include "core/event.h"
#include "core/units.h"
#include "fabric/packet/forwarding.h"
#include "topology/topology.h"

namespace tessera {

// What a user asks for. Source and target differ; at least one byte.
struct PacketFlow {
  VertexId source = 0;
  VertexId target = 0;
  Bytes bytes{};
  Time start{};
  int32_t path = -1;  // The one to take where paths are chosen by hash; -1: by hash.
  // Who is told, by event, when everything has arrived ...
  ComponentId notify = 0;
  uint32_t notify_kind = 0;
  uint64_t notify_payload = 0;
  bool notified = false;
  // ... or, instead, when the source knows it.
  bool notify_source = false;
};

// What hosts and switches need to know of it; fixed once it starts.
struct FlowFacts {
  Forwarding::Address to{};
  VertexId source = 0;
  VertexId target = 0;
  uint32_t packets = 0;
  uint32_t window = 0;     // Packets that leave without a pull; at most `packets`.
  Bytes last_payload{};    // Of the last packet; all others are full.
  Duration return_time{};  // Of a header from target to source over idle links.
  int32_t paths = 1;
  uint32_t fixed_path = 0;
};

}  // namespace tessera
