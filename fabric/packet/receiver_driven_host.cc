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
      return Send(packet.flow, context_.progress[packet.flow].sent++, engine);
    case PacketEvent::kRepeat:
      return Send(packet.flow, packet.number, engine);
    case PacketEvent::kStart:
      return OnStart(packet.flow, engine);
    case PacketEvent::kDone:
      context_.progress[packet.flow].acknowledged = event.time;
      return Notify(context_, packet.flow, /*at_source=*/true, event.target, engine);
    default:
      TESSERA_CHECK(false);
  }
}

void ReceiverDrivenHost::OnStart(uint32_t flow, Engine& engine) {
  uint32_t& sent = context_.progress[flow].sent;
  while (sent < context_.facts[flow].window) Send(flow, sent++, engine);
}

void ReceiverDrivenHost::Send(uint32_t flow, uint32_t number, Engine& engine) {
  const FlowFacts& facts = context_.facts[flow];
  TESSERA_CHECK(number < facts.packets);
  Packet packet = {.flow = flow, .number = number};
  packet.path = context_.params.paths == PathChoice::kSpray ? context_.sprays[flow].Next(random_)
                                                            : facts.fixed_path;
  const LinkId link = context_.forwarding.Next(vertex_, facts.to, packet.path);
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
  const FlowFacts& facts = context_.facts[packet.flow];
  uint32_t& asked_for = context_.progress[packet.flow].asked_for;
  if (trimmed) --asked_for;
  if (asked_for < facts.packets) {
    ++asked_for;
    Answer(trimmed ? PacketEvent::kRepeat : PacketEvent::kPull, packet, engine);
  }
  if (trimmed || !NoteArrival(context_, packet.flow, engine.now())) return;
  Notify(context_, packet.flow, /*at_source=*/false, self(), engine);
  Answer(PacketEvent::kDone, packet, engine);
}

// Sends a header to the source; pulls leave one by one.
void ReceiverDrivenHost::Answer(PacketEvent what, const Packet& packet, Engine& engine) {
  const FlowFacts& facts = context_.facts[packet.flow];
  Time leaves = engine.now();
  if (what != PacketEvent::kDone) {
    leaves = std::max(leaves, next_pull_);
    next_pull_ = leaves + pull_interval_;
  }
  const PacketKind kind = {.what = what};
  engine.Send(self(), leaves + facts.return_time, context_.ComponentOf(facts.source), kind.Pack(),
              packet.Pack());
}

}  // namespace tessera
