#include "fabric/packet/network_base.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "fabric/packet/flow_setup.h"
#include "fabric/packet/packet_event.h"

namespace tessera {
namespace {

std::optional<Forwarding> ForwardingOf(const Topology& topology, const PacketParams& params) {
  if (params.transport == PacketTransport::kCredit) return std::nullopt;
  return Forwarding(topology);
}

}  // namespace

NetworkBase::NetworkBase(Engine& engine, const Topology& topology, const PacketParams& params,
                         const PacketPart& part)
    : engine_(engine),
      context_{
          .topology = topology, .params = params, .forwarding = ForwardingOf(topology, params)},
      part_(part),
      self_(engine.Add(*this)) {
  context_.first_component = self_ + 1;
}

absl::StatusOr<uint32_t> NetworkBase::Add(const PacketFlow& flow) {
  TESSERA_RETURN_IF_ERROR(CheckFlow(context_, flow));
  if (flow.start < engine_.now()) {
    return absl::InvalidArgumentError("packet flow: starts before the present time");
  }
  TESSERA_ASSIGN_OR_RETURN(const FlowRoute route, RouteOf(context_, flow));
  const auto number = static_cast<uint32_t>(context_.flows.size());
  context_.flows.push_back(flow);
  context_.routes.push_back(route);
  if (part_.Has(flow.source)) {
    context_.sources.Add(SourceOf(context_, flow, number));
    if (flow.start != Time::max()) Begin(number, flow.start, self_);
  } else {
    context_.sources.AddElsewhere();
  }
  if (part_.Has(flow.target)) {
    context_.targets.Add(TargetOf(context_, flow));
  } else {
    context_.targets.AddElsewhere();
  }
  return number;
}

int32_t NetworkBase::PathOf(absl::Span<const LinkId> route) const {
  if (!context_.forwarding.has_value()) return -1;
  const std::optional<uint32_t> path = context_.forwarding->PathOf(route);
  return path.has_value() ? static_cast<int32_t>(*path) : -1;
}

void NetworkBase::Begin(uint32_t flow, Time at, ComponentId sender) {
  engine_.Send(sender, at, context_.ComponentOf(context_.flows[flow].source),
               PacketKind{.what = PacketEvent::kStart}.Pack(), Packet{.flow = flow}.Pack());
}

PacketFlowResult NetworkBase::ResultOf(uint32_t flow) const {
  PacketFlowResult result;
  if (context_.sources.Has(flow)) result.known = context_.sources[flow].acknowledged;
  if (!context_.targets.Has(flow)) return result;
  const FlowTarget& target = context_.targets[flow];
  result.arrived = target.done;
  result.arrival = target.arrival;
  return result;
}

std::string NetworkBase::DescribeUnfinished() const {
  constexpr int kMostNamed = 8;
  std::string text;
  int unfinished = 0;
  for (uint32_t f = 0; f < context_.flows.size(); ++f) {
    if (!context_.targets.Has(f) || context_.targets[f].done) continue;
    if (++unfinished > kMostNamed) continue;
    absl::StrAppend(&text, "flow ", f, " (", NameOf(context_.flows[f].source), " to ",
                    NameOf(context_.flows[f].target), "): ", context_.targets[f].arrived, " of ",
                    context_.routes[f].packets, " packets have arrived\n");
  }
  if (unfinished > kMostNamed) {
    absl::StrAppend(&text, "and ", unfinished - kMostNamed, " more flows\n");
  }
  return unfinished == 0 || !part_.whole() ? text : text + DescribeDeadlock();
}

// Nobody sends events to the network itself.
void NetworkBase::OnEvent(const Event& /*event*/, Engine& /*engine*/) { TESSERA_CHECK(false); }

}  // namespace tessera
