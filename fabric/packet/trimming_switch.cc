#include "fabric/packet/trimming_switch.h"

namespace tessera {

void SendTrimming(const PacketContext& context, std::vector<TrimPort>& ports, const TrimHop& hop,
                  const Packet& packet, Engine& engine) {
  TrimPort& port = ports[static_cast<size_t>(hop.link)];
  PacketKind kind = {.what = PacketEvent::kData, .link = hop.link};
  Time arrival;
  const Time now = engine.now();
  if (hop.is_header || !port.HasRoom(now)) {
    if (!hop.is_header) ++port.trimmed;
    kind.what = PacketEvent::kHeader;
    arrival = port.SendHeader(now);
  } else if (context.IsLast(packet.flow, packet.number)) {
    const Bytes size = context.SizeOf(packet.flow, packet.number);
    arrival = port.SendData(now, TransferTime(size, context.LinkOf(hop.link).bandwidth));
  } else {
    arrival = port.SendData(now, port.packet_time);
  }
  engine.Send(hop.self, arrival, port.receiver, kind.Pack(), packet.Pack());
}

void TrimmingSwitch::OnEvent(const Event& event, Engine& engine) {
  Packet packet = Packet::Of(event.payload);
  const bool is_header = PacketKind::Of(event.kind).what == PacketEvent::kHeader;
  const LinkId link =
      context_.forwarding->Next(vertex_, context_.routes[packet.flow].to, packet.path);
  SendTrimming(context_, ports_, {.self = event.target, .link = link, .is_header = is_header},
               packet, engine);
}

}  // namespace tessera
