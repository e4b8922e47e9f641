#include "fabric/packet/port_state.h"

namespace tessera {

void SetPaused(PortState& port, bool paused, Time now) {
  if (port.paused && !paused) port.paused_time += now - port.paused_since;
  if (!port.paused && paused) port.paused_since = now;
  port.paused = paused;
}

std::vector<PacketLinkUse> UseOf(const std::vector<PortState>& ports, Time now) {
  std::vector<PacketLinkUse> use;
  for (const PortState& port : ports) {
    const Duration going_on = port.paused ? now - port.paused_since : Duration(0);
    use.push_back({.packets = port.packets,
                   .marked = port.marked,
                   .busy = port.busy,
                   .peak_queue = port.peak,
                   .paused = port.paused_time + going_on});
  }
  return use;
}

}  // namespace tessera
