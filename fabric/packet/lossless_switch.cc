#include "fabric/packet/lossless_switch.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {
namespace {

constexpr uint32_t kMarkPurpose = 1;

}  // namespace

LosslessSwitch::LosslessSwitch(const PacketContext& context, std::vector<PortState>& ports,
                               VertexId vertex)
    : context_(context),
      ports_(ports),
      vertex_(vertex),
      self_(context.ComponentOf(vertex)),
      inputs_(context.topology.LinksInto(vertex)),
      held_(inputs_.size()),
      random_({.run_seed = context.params.seed,
               .component = static_cast<uint32_t>(vertex),
               .purpose = kMarkPurpose}) {
  const auto [first, end] = context.topology.LinksFrom(vertex);
  first_link_ = first;
  queues_.assign(static_cast<size_t>(end - first), LosslessPort(inputs_.size()));
}

size_t LosslessSwitch::InputOf(LinkId link) const {
  // Links into a vertex are sorted by source, as are all links.
  const auto place = std::lower_bound(inputs_.begin(), inputs_.end(), link);
  TESSERA_CHECK(place != inputs_.end() && *place == link);
  return static_cast<size_t>(place - inputs_.begin());
}

void LosslessSwitch::OnEvent(const Event& event, Engine& engine) {
  const PacketKind kind = PacketKind::Of(event.kind);
  PortState& port = ports_[static_cast<size_t>(kind.link)];
  switch (kind.what) {
    case PacketEvent::kData:
      return OnArrival(event, engine);
    case PacketEvent::kFree:
      port.woken = false;
      return TrySend(kind.link, engine);
    case PacketEvent::kPause:
      return SetPaused(port, true, event.time);
    case PacketEvent::kResume:
      SetPaused(port, false, event.time);
      return TrySend(kind.link, engine);
    default:
      TESSERA_CHECK(false);
  }
}

void LosslessSwitch::OnArrival(const Event& event, Engine& engine) {
  const PacketKind kind = PacketKind::Of(event.kind);
  Packet packet = Packet::Of(event.payload);
  const LinkId link =
      context_.forwarding->Next(vertex_, context_.routes[packet.flow].to, packet.path);
  const Bytes size = context_.SizeOf(packet.flow, packet.number);
  PortState& port = ports_[static_cast<size_t>(link)];
  const bool marked = kind.marked || Marks(port);
  port.waiting += size;
  port.peak = std::max(port.peak, port.waiting);
  const size_t input = InputOf(kind.link);
  queues_[static_cast<size_t>(link - first_link_)].Push(
      input, {.packet = packet.Pack(), .marked = marked, .size = size});
  Input& from = held_[input];
  from.held += size;
  if (!from.paused && from.held > context_.params.pause_above) {
    from.paused = true;
    Tell(PacketEvent::kPause, kind.link, engine);
  }
  TrySend(link, engine);
}

// Random early marking: none up to one length of the queue, all above another.
bool LosslessSwitch::Marks(const PortState& port) {
  const DcqcnParams& dcqcn = context_.params.dcqcn;
  if (!dcqcn.enabled || port.waiting <= dcqcn.mark_above) return false;
  if (port.waiting > dcqcn.mark_all_above) return true;
  const auto above = static_cast<double>((port.waiting - dcqcn.mark_above).count());
  const auto range = static_cast<double>((dcqcn.mark_all_above - dcqcn.mark_above).count());
  return random_.Bernoulli(dcqcn.most_mark_probability * above / range);
}

void LosslessSwitch::TrySend(LinkId link, Engine& engine) {
  PortState& port = ports_[static_cast<size_t>(link)];
  if (port.paused || port.woken || queues_[static_cast<size_t>(link - first_link_)].empty()) return;
  if (port.free <= engine.now()) SendFront(link, engine);
  if (queues_[static_cast<size_t>(link - first_link_)].empty()) return;
  port.woken = true;
  const PacketKind kind = {.what = PacketEvent::kFree, .link = link};
  engine.Send(self_, port.free, self_, kind.Pack(), 0);
}

void LosslessSwitch::SendFront(LinkId link, Engine& engine) {
  PortState& port = ports_[static_cast<size_t>(link)];
  const LosslessPort::Next next = queues_[static_cast<size_t>(link - first_link_)].Pop();
  const Link& wire = context_.LinkOf(link);
  const Duration time = TransferTime(next.packet.size, wire.bandwidth);
  port.free = engine.now() + time;
  port.busy += time;
  port.waiting -= next.packet.size;
  ++port.packets;
  if (next.packet.marked) ++port.marked;
  const PacketKind kind = {.what = PacketEvent::kData, .marked = next.packet.marked, .link = link};
  engine.Send(self_, port.free + wire.latency, context_.ComponentOf(wire.target), kind.Pack(),
              next.packet.packet);
  Release(next.input, next.packet.size, engine);
}

void LosslessSwitch::Release(size_t input, Bytes size, Engine& engine) {
  Input& from = held_[input];
  from.held -= size;
  if (!from.paused || from.held >= context_.params.resume_below) return;
  from.paused = false;
  Tell(PacketEvent::kResume, inputs_[input], engine);
}

void LosslessSwitch::Tell(PacketEvent what, LinkId link, Engine& engine) {
  const Link& wire = context_.LinkOf(link);
  const Duration time = TransferTime(context_.params.header, wire.bandwidth) + wire.latency;
  const PacketKind kind = {.what = what, .link = link};
  engine.Send(self_, engine.now() + time, context_.ComponentOf(wire.source), kind.Pack(), 0);
}

std::vector<LinkId> LosslessSwitch::BlockedBehind(LinkId link) const {
  std::vector<LinkId> blocked;
  const size_t input = InputOf(link);
  if (!held_[input].paused) return blocked;
  for (size_t i = 0; i < queues_.size(); ++i) {
    const LinkId out = first_link_ + static_cast<LinkId>(i);
    if (ports_[static_cast<size_t>(out)].paused && queues_[i].HoldsFrom(input)) {
      blocked.push_back(out);
    }
  }
  return blocked;
}

}  // namespace tessera
