#include "fabric/packet/credit_router.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {

Bytes CreditBufferOf(const PacketParams& params, const Link& link) {
  if (params.credit.buffer != Bytes()) return params.credit.buffer;
  return HeadroomOf(link.latency, link.bandwidth, params.payload + params.header,
                    2 * params.header);
}

CreditRouter::CreditRouter(PacketContext& context, std::vector<PortState>& ports, VertexId vertex)
    : context_(context),
      ports_(ports),
      self_(context.ComponentOf(vertex)),
      inputs_(context.topology.LinksInto(vertex)) {
  const auto [first, end] = context.topology.LinksFrom(vertex);
  first_link_ = first;
  for (LinkId link = first; link < end; ++link) {
    queues_.emplace_back(CreditBufferOf(context.params, context.LinkOf(link)));
  }
}

uint32_t CreditRouter::OriginOf(LinkId link) const {
  // Links into a vertex are sorted by source, as are all links.
  return static_cast<uint32_t>(std::lower_bound(inputs_.begin(), inputs_.end(), link) -
                               inputs_.begin());
}

void CreditRouter::OnEvent(const Event& event, Engine& engine) {
  const PacketKind kind = PacketKind::Of(event.kind);
  switch (kind.what) {
    case PacketEvent::kStart:
      return OnStart(Packet::Of(event.payload).flow, engine);
    case PacketEvent::kData:
      return OnArrival(event, engine);
    case PacketEvent::kFree:
      ports_[static_cast<size_t>(kind.link)].woken = false;
      return TrySend(kind.link, engine);
    case PacketEvent::kCredit:
      QueuesOf(kind.link).channels[static_cast<size_t>(kind.channel)].room +=
          Bytes(static_cast<int64_t>(event.payload));
      return TrySend(kind.link, engine);
    case PacketEvent::kDone: {
      const uint32_t flow = Packet::Of(event.payload).flow;
      context_.sources[flow].acknowledged = event.time;
      return Tell(context_.flows[flow].known, self_, engine);
    }
    default:
      TESSERA_CHECK(false);
  }
}

void CreditRouter::OnStart(uint32_t flow, Engine& engine) {
  const CreditHop& hop = context_.ways.At(context_.routes[flow].way, 0);
  QueuesOf(hop.link).channels[static_cast<size_t>(hop.channel)].Push(
      packets_, {.packet = Packet{.flow = flow}.Pack(),
                 .size = context_.SizeOf(flow, 0),
                 .origin = static_cast<uint32_t>(inputs_.size())});
  TrySend(hop.link, engine);
}

void CreditRouter::OnArrival(const Event& event, Engine& engine) {
  const PacketKind kind = PacketKind::Of(event.kind);
  Packet packet = Packet::Of(event.payload);
  const Bytes size = context_.SizeOf(packet.flow, packet.number);
  const CreditWay& way = context_.routes[packet.flow].way;
  if (++packet.path == way.hops) {
    GiveBack({.link = kind.link, .channel = kind.channel}, size, event.time, engine);
    return Take(packet.flow, engine);
  }
  const CreditHop& next = context_.ways.At(way, packet.path);
  PortState& port = ports_[static_cast<size_t>(next.link)];
  port.waiting += size;
  port.peak = std::max(port.peak, port.waiting);
  QueuesOf(next.link).channels[static_cast<size_t>(next.channel)].Push(
      packets_, {.packet = packet.Pack(),
                 .size = size,
                 .origin = OriginOf(kind.link),
                 .channel = kind.channel});
  TrySend(next.link, engine);
}

// A packet is where it should be.
void CreditRouter::Take(uint32_t flow, Engine& engine) {
  if (!NoteArrival(context_, flow, engine.now())) return;
  Tell(context_.flows[flow].arrived, self_, engine);
  const FlowTarget& target = context_.targets[flow];
  engine.Send(self_, engine.now() + target.return_time, context_.ComponentOf(target.source),
              PacketKind{.what = PacketEvent::kDone}.Pack(), Packet{.flow = flow}.Pack());
}

// Sends a packet if one can go now, and sees to it that the next one is tried in time.
void CreditRouter::TrySend(LinkId link, Engine& engine) {
  PortState& port = ports_[static_cast<size_t>(link)];
  CreditPort& queues = QueuesOf(link);
  if (port.woken) return;
  if (port.free <= engine.now()) {
    const int channel = queues.TakeTurn(packets_);
    SetPaused(port, channel < 0 && !queues.empty(), engine.now());
    if (channel < 0) return;  // Nothing there, or a credit will come.
    Send(link, channel, engine);
  }
  if (queues.empty()) return;
  port.woken = true;
  engine.Send(self_, port.free, self_, PacketKind{.what = PacketEvent::kFree, .link = link}.Pack(),
              0);
}

void CreditRouter::Send(LinkId link, int channel, Engine& engine) {
  PortState& port = ports_[static_cast<size_t>(link)];
  CreditChannel& queue = QueuesOf(link).channels[static_cast<size_t>(channel)];
  const CreditPacket next = queue.Pop(packets_);
  const Link& wire = context_.LinkOf(link);
  const Duration time = TransferTime(next.size, wire.bandwidth);
  port.free = engine.now() + time;
  port.busy += time;
  ++port.packets;
  const Packet packet = Packet::Of(next.packet);
  engine.Send(self_, engine.now() + FlightOf(packet, next.size), context_.ComponentOf(wire.target),
              PacketKind{.what = PacketEvent::kData, .link = link, .channel = channel}.Pack(),
              next.packet);
  if (next.origin < inputs_.size()) {
    port.waiting -= next.size;
    GiveBack({.link = inputs_[next.origin], .channel = next.channel}, next.size, port.free, engine);
  } else if (!context_.IsLast(packet.flow, packet.number)) {
    const uint32_t number = packet.number + 1;
    queue.Push(packets_, {.packet = Packet{.flow = packet.flow, .number = number}.Pack(),
                          .size = context_.SizeOf(packet.flow, number),
                          .origin = next.origin});
  }
}

// From when a packet starts on its present hop until the other end can do something with it: pass
// it on without running dry or, at its target, take all of it in.
Duration CreditRouter::FlightOf(const Packet& packet, Bytes size) const {
  const CreditWay& way = context_.routes[packet.flow].way;
  const Link& wire = context_.LinkOf(context_.ways.At(way, packet.path).link);
  const Duration time = TransferTime(size, wire.bandwidth);
  if (packet.path + 1 == way.hops) return wire.latency + time;
  const Link& next = context_.LinkOf(context_.ways.At(way, packet.path + 1).link);
  const Duration header = TransferTime(context_.params.header, wire.bandwidth);
  return wire.latency + std::max(header, time - TransferTime(size, next.bandwidth));
}

// Room of a buffer here is free from `at` on.
void CreditRouter::GiveBack(const Buffer& buffer, Bytes size, Time at, Engine& engine) {
  const Link& wire = context_.LinkOf(buffer.link);
  const Duration time = wire.latency + TransferTime(context_.params.header, wire.bandwidth);
  const PacketKind kind = {
      .what = PacketEvent::kCredit, .link = buffer.link, .channel = buffer.channel};
  engine.Send(self_, at + time, context_.ComponentOf(wire.source), kind.Pack(),
              static_cast<uint64_t>(size.count()));
}

std::vector<CreditRouter::Buffer> CreditRouter::WaitsFor(const Buffer& buffer) const {
  std::vector<Buffer> full;
  const uint32_t origin = OriginOf(buffer.link);
  for (size_t out = 0; out < queues_.size(); ++out) {
    for (int number = 0; number < PacketKind::kChannels; ++number) {
      const CreditChannel& channel = queues_[out].channels[static_cast<size_t>(number)];
      if (channel.empty() || channel.Ready(packets_)) continue;
      if (!channel.HoldsFrom(packets_, origin, buffer.channel)) continue;
      full.push_back({.link = first_link_ + static_cast<LinkId>(out), .channel = number});
    }
  }
  return full;
}

}  // namespace tessera
