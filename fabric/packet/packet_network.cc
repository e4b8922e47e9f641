#include "fabric/packet/packet_network.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/integer.h"
#include "core/random.h"
#include "core/status_macros.h"
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
  NetworkBase(Engine& engine, const Topology& topology, const PacketParams& params)
      : engine_(engine),
        context_{.topology = topology, .params = params, .forwarding = Forwarding(topology)},
        self_(engine.Add(*this)) {
    context_.first_component = self_ + 1;
  }

  absl::StatusOr<uint32_t> Add(const PacketFlow& flow) override {
    TESSERA_RETURN_IF_ERROR(CheckFlow(flow));
    const auto number = static_cast<uint32_t>(context_.flows.size());
    context_.flows.push_back(flow);
    context_.facts.push_back(FactsOf(flow));
    const FlowFacts& facts = context_.facts.back();
    context_.progress.push_back({.asked_for = facts.window});
    context_.sprays.emplace_back(facts.paths);
    engine_.Send(self_, flow.start, context_.ComponentOf(flow.source),
                 PacketKind{.what = PacketEvent::kStart}.Pack(), Packet{.flow = number}.Pack());
    return number;
  }

  int32_t PathOf(absl::Span<const LinkId> route) const override {
    const std::optional<uint32_t> path = context_.forwarding.PathOf(route);
    return path.has_value() ? static_cast<int32_t>(*path) : -1;
  }

  PacketFlowResult ResultOf(uint32_t flow) const override {
    const FlowProgress& progress = context_.progress[flow];
    return {.arrived = progress.done, .arrival = progress.arrival, .known = progress.acknowledged};
  }

  std::string DescribeUnfinished() const override {
    constexpr int kMostNamed = 8;
    std::string text;
    int unfinished = 0;
    for (size_t f = 0; f < context_.flows.size(); ++f) {
      const FlowProgress& progress = context_.progress[f];
      if (progress.done || ++unfinished > kMostNamed) continue;
      absl::StrAppend(&text, "flow ", f, " (", NameOf(context_.flows[f].source), " to ",
                      NameOf(context_.flows[f].target), "): ", progress.arrived, " of ",
                      context_.facts[f].packets, " packets have arrived\n");
    }
    if (unfinished > kMostNamed) {
      absl::StrAppend(&text, "and ", unfinished - kMostNamed, " more flows\n");
    }
    return unfinished == 0 ? "" : text + DescribeDeadlock();
  }

  // Nobody sends events to the network itself.
  void OnEvent(const Event& /*event*/, Engine& /*engine*/) override { TESSERA_CHECK(false); }

 protected:
  virtual std::string DescribeDeadlock() const { return ""; }

  template <typename Host, typename Switch, typename Port>
  void AddComponents(std::vector<Port>& ports, std::vector<std::unique_ptr<Host>>& hosts,
                     std::vector<std::unique_ptr<Switch>>& switches) {
    for (VertexId v = 0; v < static_cast<VertexId>(context_.topology.vertices().size()); ++v) {
      ComponentId id = 0;
      if (v < context_.topology.chips()) {
        hosts.push_back(std::make_unique<Host>(context_, ports, v));
        id = engine_.Add(*hosts.back());
      } else {
        switches.push_back(std::make_unique<Switch>(context_, ports, v));
        id = engine_.Add(*switches.back());
      }
      TESSERA_CHECK(id == context_.ComponentOf(v));
    }
  }

  Bytes FullPacket() const { return context_.params.payload + context_.params.header; }

  Engine& engine_;
  PacketContext context_;

 private:
  const std::string& NameOf(VertexId vertex) const {
    return context_.topology.vertices()[static_cast<size_t>(vertex)].name;
  }

  absl::Status CheckFlow(const PacketFlow& flow) const {
    const int chips = context_.topology.chips();
    const auto wrong = [](auto... parts) {
      return absl::InvalidArgumentError(absl::StrCat("packet flow: ", parts...));
    };
    for (const VertexId end : {flow.source, flow.target}) {
      if (end < 0 || end >= chips) {
        return wrong("found end ", end, "; accepted: chips 0 to ", chips - 1);
      }
    }
    if (flow.source == flow.target) return wrong("source and target are both ", flow.source);
    if (context_.forwarding.Paths(flow.source, flow.target) == 0) {
      return wrong("no way from ", NameOf(flow.source), " to ", NameOf(flow.target));
    }
    const int64_t most = int64_t{Packet::kMost} * context_.params.payload.count();
    if (flow.bytes < Bytes(1) || flow.bytes.count() > most) {
      return wrong("found ", flow.bytes.count(), " bytes; accepted: 1 to ", most);
    }
    if (context_.flows.size() > Packet::kMost) return wrong("more than ", Packet::kMost, " flows");
    if (flow.path >= 1 << 16) return wrong("found path ", flow.path, "; accepted: below 65536");
    if (flow.start < engine_.now()) return wrong("starts before the present time");
    return absl::OkStatus();
  }

  FlowFacts FactsOf(const PacketFlow& flow) const {
    const PacketParams& params = context_.params;
    FlowFacts facts;
    facts.to = context_.forwarding.AddressOf(flow.target);
    facts.source = flow.source;
    facts.target = flow.target;
    const int64_t packets = CeilDiv(flow.bytes.count(), params.payload.count());
    facts.packets = static_cast<uint32_t>(packets);
    facts.last_payload = flow.bytes - (packets - 1) * params.payload;
    facts.paths = context_.forwarding.Paths(flow.source, flow.target);
    facts.fixed_path = static_cast<uint32_t>(flow.path >= 0 ? flow.path : HashedPath(flow, facts));
    facts.return_time = TimeOver(flow.target, flow.source, params.header);
    const Duration there = TimeOver(flow.source, flow.target, FullPacket());
    facts.window = std::min(facts.packets, WindowOf(flow, there + facts.return_time));
    return facts;
  }

  int32_t HashedPath(const PacketFlow& flow, const FlowFacts& facts) const {
    const auto number = static_cast<uint32_t>(context_.flows.size());
    RandomStream hash(
        {.run_seed = context_.params.seed,
         .component = static_cast<uint32_t>(flow.source) << 16 ^ static_cast<uint32_t>(flow.target),
         .purpose = number});
    return static_cast<int32_t>(hash.Below(static_cast<uint64_t>(facts.paths)));
  }

  // Of one packet over idle links, stored and forwarded at each.
  Duration TimeOver(VertexId source, VertexId target, Bytes size) const {
    Duration time{};
    for (const LinkId link : context_.forwarding.Route(source, target, 0)) {
      time += context_.LinkOf(link).latency + TransferTime(size, context_.LinkOf(link).bandwidth);
    }
    return time;
  }

  // Packets that fill the path for a round trip, times the window that is asked for.
  uint32_t WindowOf(const PacketFlow& flow, Duration round_trip) const {
    Duration slowest{};
    for (const LinkId link : context_.forwarding.Route(flow.source, flow.target, 0)) {
      slowest = std::max(slowest, TransferTime(FullPacket(), context_.LinkOf(link).bandwidth));
    }
    const double packets = static_cast<double>(round_trip.count()) /
                           static_cast<double>(slowest.count()) * context_.params.window;
    return static_cast<uint32_t>(std::clamp(packets, 1.0, double{Packet::kMost}));
  }

  ComponentId self_;
};

class TrimmingNetwork final : public NetworkBase {
 public:
  TrimmingNetwork(Engine& engine, const Topology& topology, const PacketParams& params)
      : NetworkBase(engine, topology, params) {
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
  LosslessNetwork(Engine& engine, const Topology& topology, const PacketParams& params)
      : NetworkBase(engine, topology, params), ports_(topology.links().size()) {
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
                                                                 const PacketParams& params) {
  TESSERA_RETURN_IF_ERROR(CheckPackets(params));
  if (topology.links().size() > Packet::kMost) {
    return absl::InvalidArgumentError(absl::StrCat("packet network: found ",
                                                   topology.links().size(),
                                                   " links; accepted: at most ", Packet::kMost));
  }
  std::unique_ptr<PacketNetwork> network;
  if (params.transport == PacketTransport::kReceiverDriven) {
    network = std::make_unique<TrimmingNetwork>(engine, topology, params);
  } else {
    network = std::make_unique<LosslessNetwork>(engine, topology, params);
  }
  return network;
}

}  // namespace tessera
