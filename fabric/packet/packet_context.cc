#include "fabric/packet/packet_context.h"

#include "core/check.h"
#include "core/engine.h"

namespace tessera {

bool NoteArrival(PacketContext& context, uint32_t flow, Time now) {
  FlowProgress& progress = context.progress[flow];
  TESSERA_CHECK(progress.arrived < context.facts[flow].packets);
  if (++progress.arrived < context.facts[flow].packets) return false;
  progress.arrival = now;
  progress.done = true;
  return true;
}

void Notify(const PacketContext& context, uint32_t number, bool at_source, ComponentId self,
            Engine& engine) {
  const PacketFlow& flow = context.flows[number];
  if (!flow.notified || flow.notify_source != at_source) return;
  engine.Send(self, engine.now(), flow.notify, flow.notify_kind, flow.notify_payload);
}

}  // namespace tessera
