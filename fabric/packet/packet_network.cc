#include "fabric/packet/packet_network.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "fabric/packet/credit_network.h"
#include "fabric/packet/lossless_host.h"
#include "fabric/packet/lossless_switch.h"
#include "fabric/packet/network_base.h"
#include "fabric/packet/packet_context.h"
#include "fabric/packet/receiver_driven_host.h"
#include "fabric/packet/trimming_switch.h"
#include "fabric/wait_cycle.h"

namespace tessera {
namespace {

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

  std::vector<PacketLinkUse> link_use() const override { return UseOf(ports_, engine_.now()); }

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
  if (topology.links().size() > PacketKind::kMostLinks) {
    return absl::InvalidArgumentError(
        absl::StrCat("packet network: found ", topology.links().size(),
                     " links; accepted: at most ", PacketKind::kMostLinks));
  }
  std::unique_ptr<PacketNetwork> network;
  if (params.transport == PacketTransport::kReceiverDriven) {
    network = std::make_unique<TrimmingNetwork>(engine, topology, params, part);
  } else if (params.transport == PacketTransport::kCredit) {
    network = MakeCreditNetwork(engine, topology, params, part);
  } else {
    network = std::make_unique<LosslessNetwork>(engine, topology, params, part);
  }
  return network;
}

}  // namespace tessera
