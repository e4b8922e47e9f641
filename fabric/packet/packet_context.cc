#include "fabric/packet/packet_context.h"

#include "core/check.h"
#include "core/engine.h"

namespace tessera {

bool NoteArrival(PacketContext& context, uint32_t flow, Time now) {
  FlowTarget& target = context.targets[flow];
  const uint32_t packets = context.routes[flow].packets;
  TESSERA_CHECK(target.arrived < packets);
  if (++target.arrived < packets) return false;
  target.arrival = now;
  target.done = true;
  return true;
}

void Tell(const PacketNotice& notice, ComponentId self, Engine& engine) {
  if (!notice.wanted) return;
  engine.Send(self, engine.now(), notice.component, notice.kind, notice.payload);
}

}  // namespace tessera
