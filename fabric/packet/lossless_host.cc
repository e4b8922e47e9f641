#include "fabric/packet/lossless_host.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace tessera {
namespace {

constexpr uint32_t kSprayPurpose = 0;

}  // namespace

LosslessHost::LosslessHost(PacketContext& context, std::vector<PortState>& ports, VertexId vertex)
    : context_(context),
      ports_(ports),
      vertex_(vertex),
      self_(context.ComponentOf(vertex)),
      wake_(Time::max()),
      random_({.run_seed = context.params.seed,
               .component = static_cast<uint32_t>(vertex),
               .purpose = kSprayPurpose}) {}

void LosslessHost::OnEvent(const Event& event, Engine& engine) {
  const PacketKind kind = PacketKind::Of(event.kind);
  const uint32_t flow = Packet::Of(event.payload).flow;
  switch (kind.what) {
    case PacketEvent::kStart:
      return OnStart(flow, engine);
    case PacketEvent::kData:
      return OnArrival(event, engine);
    case PacketEvent::kFree:
      if (wake_ != event.time) return;  // Another one was sent for an earlier time.
      wake_ = Time::max();
      return TrySend(engine);
    case PacketEvent::kPause:
      return SetPaused(ports_[static_cast<size_t>(kind.link)], true, event.time);
    case PacketEvent::kResume:
      SetPaused(ports_[static_cast<size_t>(kind.link)], false, event.time);
      return TrySend(engine);
    case PacketEvent::kNotice:
      return OnNotice(flow, engine);
    case PacketEvent::kTimer:
      return OnTimer(flow, engine);
    case PacketEvent::kDone:
      context_.sources[flow].acknowledged = event.time;
      rates_.erase(flow);
      return Tell(context_.flows[flow].known, self_, engine);
    default:
      TESSERA_CHECK(false);
  }
}

void LosslessHost::OnStart(uint32_t flow, Engine& engine) {
  if (context_.params.dcqcn.enabled) {
    const auto [first, end] = context_.topology.LinksFrom(vertex_);
    TESSERA_CHECK(first < end);
    rates_.emplace(flow, Rate{.control = RateControl(context_.params.dcqcn,
                                                     context_.LinkOf(first).bandwidth)});
  }
  sending_.push_back({.flow = flow, .allowed = engine.now()});
  TrySend(engine);
}

// Sends what can be sent now, the flows in turn, and sees to it that the rest is tried again.
void LosslessHost::TrySend(Engine& engine) {
  size_t unlucky = 0;  // Flows in a row that could not send.
  while (unlucky < sending_.size()) {
    if (turn_ >= sending_.size()) turn_ = 0;
    unlucky = SendOne(turn_, engine) ? 0 : unlucky + 1;
  }
  const auto [first, end] = context_.topology.LinksFrom(vertex_);
  Time port_free = Time::max();  // Of a busy port: what is left waits for no idle one.
  for (LinkId link = first; link < end; ++link) {
    const PortState& port = ports_[static_cast<size_t>(link)];
    if (!port.paused && port.free > engine.now()) port_free = std::min(port_free, port.free);
  }
  Time allowed = Time::max();
  for (const Sending& sending : sending_) allowed = std::min(allowed, sending.allowed);
  const bool paced = allowed > engine.now();
  const Time next = port_free == Time::max() && paced ? allowed : std::max(port_free, allowed);
  if (next != Time::max()) Wake(next, engine);
}

// Whether flow number `turn` could send a packet; moves the turn on.
bool LosslessHost::SendOne(size_t turn, Engine& engine) {
  Sending& sending = sending_[turn];
  ++turn_;
  if (sending.allowed > engine.now()) return false;
  const uint32_t flow = sending.flow;
  const FlowRoute& route = context_.routes[flow];
  FlowSource& source = context_.sources[flow];
  const bool spray = context_.params.paths == PathChoice::kSpray;
  Packet packet = {.flow = flow, .number = source.sent};
  packet.path = spray ? source.spray.Peek(random_) : source.fixed_path;
  const LinkId link = context_.forwarding->Next(vertex_, route.to, packet.path);
  PortState& port = ports_[static_cast<size_t>(link)];
  if (port.paused || port.free > engine.now()) return false;
  if (spray) source.spray.Next(random_);
  const Link& wire = context_.LinkOf(link);
  const Bytes size = context_.SizeOf(flow, packet.number);
  const Duration time = TransferTime(size, wire.bandwidth);
  port.free = engine.now() + time;
  port.busy += time;
  ++port.packets;
  engine.Send(self_, port.free + wire.latency, context_.ComponentOf(wire.target),
              PacketKind{.what = PacketEvent::kData, .link = link}.Pack(), packet.Pack());
  sending.allowed = engine.now() + PaceOf(flow, size);
  if (++source.sent == route.packets) {
    sending_.erase(sending_.begin() + static_cast<ptrdiff_t>(turn));
    turn_ = turn;
  }
  return true;
}

// Time until the flow may send again after a packet of this size.
Duration LosslessHost::PaceOf(uint32_t flow, Bytes size) {
  const auto rate = rates_.find(flow);
  if (rate == rates_.end()) return Duration(0);
  rate->second.control.OnSent(size);
  if (rate->second.control.at_line_rate()) return Duration(0);
  return TransferTime(size, rate->second.control.rate());
}

void LosslessHost::Wake(Time at, Engine& engine) {
  if (wake_ <= at) return;
  wake_ = at;
  engine.Send(self_, at, self_, PacketKind{.what = PacketEvent::kFree}.Pack(), 0);
}

void LosslessHost::OnArrival(const Event& event, Engine& engine) {
  const uint32_t flow = Packet::Of(event.payload).flow;
  if (PacketKind::Of(event.kind).marked) {
    const auto [last, is_first] = last_notice_.try_emplace(flow, event.time);
    if (is_first || event.time - last->second >= context_.params.dcqcn.notification_interval) {
      last->second = event.time;
      Answer(PacketEvent::kNotice, flow, engine);
    }
  }
  if (!NoteArrival(context_, flow, event.time)) return;
  last_notice_.erase(flow);
  Tell(context_.flows[flow].arrived, self_, engine);
  Answer(PacketEvent::kDone, flow, engine);
}

// Sends a header to the source.
void LosslessHost::Answer(PacketEvent what, uint32_t flow, Engine& engine) {
  const FlowTarget& target = context_.targets[flow];
  engine.Send(self_, engine.now() + target.return_time, context_.ComponentOf(target.source),
              PacketKind{.what = what}.Pack(), Packet{.flow = flow}.Pack());
}

void LosslessHost::OnNotice(uint32_t flow, Engine& engine) {
  const auto found = rates_.find(flow);
  if (found == rates_.end()) return;  // It is over.
  Rate& rate = found->second;
  rate.control.OnNotice();
  rate.last_notice = engine.now();
  if (!rate.ticking) StartTimer(flow, engine);
}

// A round; it counts if there was no notice in it.
void LosslessHost::OnTimer(uint32_t flow, Engine& engine) {
  const auto found = rates_.find(flow);
  if (found == rates_.end()) return;
  Rate& rate = found->second;
  rate.ticking = false;
  if (engine.now() - rate.last_notice >= context_.params.dcqcn.timer_interval) {
    rate.control.OnDecayTimer();
    rate.control.OnIncreaseTimer();
  }
  if (!rate.control.at_line_rate()) StartTimer(flow, engine);
}

void LosslessHost::StartTimer(uint32_t flow, Engine& engine) {
  rates_.at(flow).ticking = true;
  engine.Send(self_, engine.now() + context_.params.dcqcn.timer_interval, self_,
              PacketKind{.what = PacketEvent::kTimer}.Pack(), Packet{.flow = flow}.Pack());
}

}  // namespace tessera
