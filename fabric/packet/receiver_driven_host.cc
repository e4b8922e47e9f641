#include "fabric/packet/receiver_driven_host.h"

#include <algorithm>

#include "core/check.h"
#include "fabric/packet/trimming_switch.h"

namespace tessera {
namespace {

constexpr uint32_t kSprayPurpose = 0;

}  // namespace

ReceiverDrivenHost::ReceiverDrivenHost(PacketContext& context, std::vector<TrimPort>& ports,
                                       VertexId vertex)
    : context_(context),
      ports_(ports),
      vertex_(vertex),
      random_({.run_seed = context.params.seed,
               .component = static_cast<uint32_t>(vertex),
               .purpose = kSprayPurpose}) {
  // The rate at which packets can come in, over all links.
  int64_t rate = 0;
  for (const LinkId link : context.topology.LinksInto(vertex)) {
    rate += context.LinkOf(link).bandwidth.bytes_per_second();
  }
  if (rate > 0) {
    pull_interval_ = TransferTime(context.params.payload + context.params.header,
                                  Bandwidth::BytesPerSecond(rate));
  }
}

void ReceiverDrivenHost::OnEvent(const Event& event, Engine& engine) {
  const Packet packet = Packet::Of(event.payload);
  switch (const PacketEvent what = PacketKind::Of(event.kind).what) {
    case PacketEvent::kData:
    case PacketEvent::kHeader:
      return OnArrival(packet, what == PacketEvent::kHeader, engine);
    case PacketEvent::kPull:
      return Send(packet.flow, context_.sources[packet.flow].sent++, engine);
    case PacketEvent::kRepeat:
      return Send(packet.flow, packet.number, engine);
    case PacketEvent::kStart:
      return OnStart(packet.flow, engine);
    case PacketEvent::kDone:
      context_.sources[packet.flow].acknowledged = event.time;
      return Tell(context_.flows[packet.flow].known, event.target, engine);
    default:
      TESSERA_CHECK(false);
  }
}

void ReceiverDrivenHost::OnStart(uint32_t flow, Engine& engine) {
  FlowSource& source = context_.sources[flow];
  while (source.sent < source.window) Send(flow, source.sent++, engine);
}

void ReceiverDrivenHost::Send(uint32_t flow, uint32_t number, Engine& engine) {
  const FlowRoute& route = context_.routes[flow];
  FlowSource& source = context_.sources[flow];
  TESSERA_CHECK(number < route.packets);
  Packet packet = {.flow = flow, .number = number};
  packet.path =
      context_.params.paths == PathChoice::kSpray ? source.spray.Next(random_) : source.fixed_path;
  const LinkId link = context_.forwarding->Next(vertex_, route.to, packet.path);
  TrimPort& port = ports_[static_cast<size_t>(link)];
  // A host does not trim its own packets: its queue is its memory.
  const Duration time =
      context_.IsLast(flow, packet.number)
          ? TransferTime(context_.SizeOf(flow, packet.number), context_.LinkOf(link).bandwidth)
          : port.packet_time;
  const PacketKind kind = {.what = PacketEvent::kData, .link = link};
  engine.Send(self(), port.SendData(engine.now(), time), port.receiver, kind.Pack(), packet.Pack());
}

void ReceiverDrivenHost::OnArrival(const Packet& packet, bool trimmed, Engine& engine) {
  FlowTarget& target = context_.targets[packet.flow];
  if (trimmed) --target.asked_for;
  if (target.asked_for < context_.routes[packet.flow].packets) {
    ++target.asked_for;
    Answer(trimmed ? PacketEvent::kRepeat : PacketEvent::kPull, packet, engine);
  }
  if (trimmed || !NoteArrival(context_, packet.flow, engine.now())) return;
  Tell(context_.flows[packet.flow].arrived, self(), engine);
  Answer(PacketEvent::kDone, packet, engine);
}

// Sends a header to the source; pulls leave one by one.
void ReceiverDrivenHost::Answer(PacketEvent what, const Packet& packet, Engine& engine) {
  const FlowTarget& target = context_.targets[packet.flow];
  Time leaves = engine.now();
  if (what != PacketEvent::kDone) {
    leaves = std::max(leaves, next_pull_);
    next_pull_ = leaves + pull_interval_;
  }
  const PacketKind kind = {.what = what};
  engine.Send(self(), leaves + target.return_time, context_.ComponentOf(target.source), kind.Pack(),
              packet.Pack());
}

}  // namespace tessera
