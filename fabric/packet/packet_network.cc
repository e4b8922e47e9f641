#include "fabric/packet/packet_network.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/packet/flow_setup.h"
#include "fabric/packet/lossless_host.h"
#include "fabric/packet/lossless_switch.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/receiver_driven_host.h"
#include "fabric/packet/trimming_switch.h"
#include "fabric/wait_cycle.h"

namespace tessera {
namespace {

// Flows and what is known of them; the transports differ in their components and ports.
class NetworkBase : public PacketNetwork, public Component {
 public:
  NetworkBase(Engine& engine, const Topology& topology, const PacketParams& params,
              const PacketPart& part)
      : engine_(engine),
        context_{.topology = topology, .params = params, .forwarding = Forwarding(topology)},
        part_(part),
        self_(engine.Add(*this)) {
    context_.first_component = self_ + 1;
  }

  absl::StatusOr<uint32_t> Add(const PacketFlow& flow) override {
    TESSERA_RETURN_IF_ERROR(CheckFlow(context_, flow));
    if (flow.start < engine_.now()) {
      return absl::InvalidArgumentError("packet flow: starts before the present time");
    }
    const auto number = static_cast<uint32_t>(context_.flows.size());
    context_.flows.push_back(flow);
    context_.routes.push_back(RouteOf(context_, flow));
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

  int32_t PathOf(absl::Span<const LinkId> route) const override {
    const std::optional<uint32_t> path = context_.forwarding.PathOf(route);
    return path.has_value() ? static_cast<int32_t>(*path) : -1;
  }

  void Begin(uint32_t flow, Time at, ComponentId sender) override {
    engine_.Send(sender, at, context_.ComponentOf(context_.flows[flow].source),
                 PacketKind{.what = PacketEvent::kStart}.Pack(), Packet{.flow = flow}.Pack());
  }

  PacketFlowResult ResultOf(uint32_t flow) const override {
    PacketFlowResult result;
    if (context_.sources.Has(flow)) result.known = context_.sources[flow].acknowledged;
    if (!context_.targets.Has(flow)) return result;
    const FlowTarget& target = context_.targets[flow];
    result.arrived = target.done;
    result.arrival = target.arrival;
    return result;
  }

  std::string DescribeUnfinished() const override {
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
  void OnEvent(const Event& /*event*/, Engine& /*engine*/) override { TESSERA_CHECK(false); }

 protected:
  virtual std::string DescribeDeadlock() const { return ""; }

  // Those of other partitions stay null.
  template <typename Host, typename Switch, typename Port>
  void AddComponents(std::vector<Port>& ports, std::vector<std::unique_ptr<Host>>& hosts,
                     std::vector<std::unique_ptr<Switch>>& switches) {
    for (VertexId v = 0; v < static_cast<VertexId>(context_.topology.vertices().size()); ++v) {
      if (v < context_.topology.chips()) {
        AddVertex(ports, hosts.emplace_back(), v);
      } else {
        AddVertex(ports, switches.emplace_back(), v);
      }
    }
  }

  Bytes FullPacket() const { return context_.params.payload + context_.params.header; }

  Engine& engine_;
  PacketContext context_;

 private:
  template <typename Member, typename Port>
  void AddVertex(std::vector<Port>& ports, std::unique_ptr<Member>& member, VertexId vertex) {
    if (!part_.Has(vertex)) {
      engine_.AddRemote(1);
      return;
    }
    member = std::make_unique<Member>(context_, ports, vertex);
    TESSERA_CHECK(engine_.Add(*member) == context_.ComponentOf(vertex));
  }
  const std::string& NameOf(VertexId vertex) const {
    return context_.topology.vertices()[static_cast<size_t>(vertex)].name;
  }

  const PacketPart part_;
  ComponentId self_;
};

class TrimmingNetwork final : public NetworkBase {
 public:
  TrimmingNetwork(Engine& engine, const Topology& topology, const PacketParams& params,
                  const PacketPart& part)
      : NetworkBase(engine, topology, params, part) {
    for (const Link& link : topology.links()) {
      TrimPort& port = ports_.emplace_back();
      port.receiver = context_.ComponentOf(link.target);
      port.latency = link.latency;
      port.packet_time = TransferTime(FullPacket(), link.bandwidth);
      port.header_time = TransferTime(params.header, link.bandwidth);
      // What is on the wire has left the buffer.
      port.longest_wait = TransferTime(params.port_buffer, link.bandwidth);
    }
    AddComponents(ports_, hosts_, switches_);
  }

  std::vector<PacketLinkUse> link_use() const override {
    std::vector<PacketLinkUse> use;
    for (size_t l = 0; l < ports_.size(); ++l) {
      const TrimPort& port = ports_[l];
      const double waited = ToSeconds(port.peak_wait);
      const Bandwidth rate = context_.topology.links()[l].bandwidth;
      const double queue = waited * static_cast<double>(rate.bytes_per_second());
      use.push_back({.packets = port.packets,
                     .headers = port.headers,
                     .trimmed = port.trimmed,
                     .busy = port.busy,
                     .peak_queue = Bytes(static_cast<int64_t>(queue))});
    }
    return use;
  }

 private:
  std::vector<TrimPort> ports_;
  std::vector<std::unique_ptr<ReceiverDrivenHost>> hosts_;
  std::vector<std::unique_ptr<TrimmingSwitch>> switches_;
};

class LosslessNetwork final : public NetworkBase {
 public:
  LosslessNetwork(Engine& engine, const Topology& topology, const PacketParams& params,
                  const PacketPart& part)
      : NetworkBase(engine, topology, params, part), ports_(topology.links().size()) {
    AddComponents(ports_, hosts_, switches_);
  }

  std::vector<PacketLinkUse> link_use() const override {
    std::vector<PacketLinkUse> use;
    for (const PortState& port : ports_) {
      const Duration going_on = port.paused ? engine_.now() - port.paused_since : Duration(0);
      use.push_back({.packets = port.packets,
                     .marked = port.marked,
                     .busy = port.busy,
                     .peak_queue = port.peak,
                     .paused = port.paused_time + going_on});
    }
    return use;
  }

 protected:
  std::string DescribeDeadlock() const override {
    const auto waits_for = [this](int32_t link) {
      const VertexId end = context_.LinkOf(link).target - context_.topology.chips();
      return end < 0 ? std::vector<LinkId>()
                     : switches_[static_cast<size_t>(end)]->BlockedBehind(link);
    };
    const std::vector<int32_t> cycle =
        FindWaitCycle(static_cast<int32_t>(ports_.size()), waits_for);
    std::string text = cycle.empty() ? "" : "deadlock of paused links:\n";
    for (size_t i = 0; i < cycle.size(); ++i) {
      absl::StrAppend(&text, "  ", context_.topology.LinkName(cycle[i]),
                      " is full of packets that wait for ",
                      context_.topology.LinkName(cycle[(i + 1) % cycle.size()]), "\n");
    }
    return text;
  }

 private:
  std::vector<PortState> ports_;
  std::vector<std::unique_ptr<LosslessHost>> hosts_;
  std::vector<std::unique_ptr<LosslessSwitch>> switches_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PacketNetwork>> MakePacketNetwork(Engine& engine,
                                                                 const Topology& topology,
                                                                 const PacketParams& params,
                                                                 const PacketPart& part) {
  TESSERA_RETURN_IF_ERROR(CheckPackets(params));
  if (topology.links().size() > Packet::kMost) {
    return absl::InvalidArgumentError(absl::StrCat("packet network: found ",
                                                   topology.links().size(),
                                                   " links; accepted: at most ", Packet::kMost));
  }
  std::unique_ptr<PacketNetwork> network;
  if (params.transport == PacketTransport::kReceiverDriven) {
    network = std::make_unique<TrimmingNetwork>(engine, topology, params, part);
  } else {
    network = std::make_unique<LosslessNetwork>(engine, topology, params, part);
  }
  return network;
}

}  // namespace tessera
