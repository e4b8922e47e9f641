#include "fabric/packet/flow_setup.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/integer.h"
#include "core/random.h"
#include "core/status_macros.h"
#include "fabric/packet/packet_event.h"

namespace tessera {
namespace {

int64_t PacketsOf(const PacketContext& context, const PacketFlow& flow) {
  return CeilDiv(flow.bytes.count(), context.params.payload.count());
}

// The first of the ways; empty: there is none.
std::vector<LinkId> WayOf(const PacketContext& context, VertexId source, VertexId target) {
  if (context.forwarding.has_value()) return context.forwarding->Route(source, target, 0);
  return context.topology.Way(source, target, 0);
}

// Of one packet over the idle links from one host to another, stored and forwarded at each.
struct IdleWay {
  Duration time{};
  Duration slowest{};  // Of its serializations.
};
IdleWay OverIdleLinks(const PacketContext& context, VertexId source, VertexId target, Bytes size) {
  IdleWay way;
  for (const LinkId link : WayOf(context, source, target)) {
    const Duration serialization = TransferTime(size, context.LinkOf(link).bandwidth);
    way.time += context.LinkOf(link).latency + serialization;
    way.slowest = std::max(way.slowest, serialization);
  }
  return way;
}

// Packets that fill the path for a round trip, times the window that is asked for.
uint32_t WindowOf(const PacketContext& context, const PacketFlow& flow, Duration return_time) {
  const Bytes full = context.params.payload + context.params.header;
  const IdleWay there = OverIdleLinks(context, flow.source, flow.target, full);
  const double packets = static_cast<double>((there.time + return_time).count()) /
                         static_cast<double>(there.slowest.count()) * context.params.window;
  const auto window = static_cast<uint32_t>(std::clamp(packets, 1.0, double{Packet::kMost}));
  return std::min(static_cast<uint32_t>(PacketsOf(context, flow)), window);
}

Duration ReturnTime(const PacketContext& context, const PacketFlow& flow) {
  return OverIdleLinks(context, flow.target, flow.source, context.params.header).time;
}

uint32_t HashedPath(const PacketContext& context, const PacketFlow& flow, uint32_t number) {
  RandomStream hash(
      {.run_seed = context.params.seed,
       .component = static_cast<uint32_t>(flow.source) << 16 ^ static_cast<uint32_t>(flow.target),
       .purpose = number});
  const int32_t paths = context.forwarding->Paths(flow.source, flow.target);
  return static_cast<uint32_t>(hash.Below(static_cast<uint64_t>(paths)));
}

}  // namespace

absl::Status CheckFlow(const PacketContext& context, const PacketFlow& flow) {
  const int chips = context.topology.chips();
  const auto wrong = [](auto... parts) {
    return absl::InvalidArgumentError(absl::StrCat("packet flow: ", parts...));
  };
  for (const VertexId end : {flow.source, flow.target}) {
    if (end < 0 || end >= chips) {
      return wrong("found end ", end, "; accepted: chips 0 to ", chips - 1);
    }
  }
  if (flow.source == flow.target) return wrong("source and target are both ", flow.source);
  if (WayOf(context, flow.source, flow.target).empty()) {
    const absl::Span<const Vertex> vertices = context.topology.vertices();
    return wrong("no way from ", vertices[static_cast<size_t>(flow.source)].name, " to ",
                 vertices[static_cast<size_t>(flow.target)].name,
                 context.forwarding.has_value()
                     ? " over switches alone; chips forward over links with credits only"
                     : "");
  }
  const int64_t most = int64_t{Packet::kMost} * context.params.payload.count();
  if (flow.bytes < Bytes(1) || flow.bytes.count() > most) {
    return wrong("found ", flow.bytes.count(), " bytes; accepted: 1 to ", most);
  }
  if (context.flows.size() > Packet::kMost) return wrong("more than ", Packet::kMost, " flows");
  if (flow.path >= 1 << 16) return wrong("found path ", flow.path, "; accepted: below 65536");
  return absl::OkStatus();
}

absl::StatusOr<FlowRoute> RouteOf(PacketContext& context, const PacketFlow& flow) {
  const int64_t packets = PacketsOf(context, flow);
  FlowRoute route{.packets = static_cast<uint32_t>(packets),
                  .last_payload = flow.bytes - (packets - 1) * context.params.payload};
  if (context.forwarding.has_value()) {
    route.to = context.forwarding->AddressOf(flow.target);
    return route;
  }
  TESSERA_ASSIGN_OR_RETURN(
      route.way, context.ways.Of(context.topology, flow.source, flow.target, std::max(flow.path, 0),
                                 context.params.credit.avoids_deadlock));
  return route;
}

FlowSource SourceOf(const PacketContext& context, const PacketFlow& flow, uint32_t number) {
  if (!context.forwarding.has_value()) return {.spray = Spray(1)};
  FlowSource source{.window = WindowOf(context, flow, ReturnTime(context, flow)),
                    .spray = Spray(context.forwarding->Paths(flow.source, flow.target))};
  if (context.params.paths == PathChoice::kHash) {
    source.fixed_path =
        flow.path >= 0 ? static_cast<uint32_t>(flow.path) : HashedPath(context, flow, number);
  }
  return source;
}

FlowTarget TargetOf(const PacketContext& context, const PacketFlow& flow) {
  FlowTarget target{.source = flow.source, .return_time = ReturnTime(context, flow)};
  target.asked_for = WindowOf(context, flow, target.return_time);
  return target;
}

}  // namespace tessera
