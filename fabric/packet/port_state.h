// What the sender of a link knows of it, where the other end can make it wait.
#pragma once

#include <cstdint>
#include <vector>

#include "core/units.h"
#include "fabric/packet/packet_network.h"

namespace tessera {

struct PortState {
  Time free;            // End of what is on the wire.
  bool paused = false;  // By the other end, or for want of room there.
  bool woken = false;   // An event comes when the wire is free.
  Time paused_since;
  Duration paused_time{};
  Duration busy{};
  int64_t packets = 0;
  int64_t marked = 0;
  Bytes waiting;
  Bytes peak;
};

// Stops a port or lets it go on.
void SetPaused(PortState& port, bool paused, Time now);

// Of each port, up to now.
std::vector<PacketLinkUse> UseOf(const std::vector<PortState>& ports, Time now);

}  // namespace tessera
