#include "study/packet_case.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/engine.h"
#include "core/status_macros.h"
#include "fabric/packet/packet_network.h"
#include "topology/clos.h"

namespace tessera {
namespace {

std::unique_ptr<Topology> NetworkOf(const PacketOracle& oracle) {
  const auto link = [&](double gigabits) {
    constexpr double kBytesPerGigabit = 125e6;
    return LinkKind{Bandwidth::BytesPerSecond(std::llround(gigabits * kBytesPerGigabit)),
                    Duration(std::llround(oracle.link_latency_ns * 1000)), Tier::kScaleOut};
  };
  if (oracle.kind == PacketOracle::Kind::kFatTree) {
    return MakeFatTree({.k = oracle.k, .link = link(oracle.host_link_gbps), .spread = {}});
  }
  return MakeLeafSpine({.leaves = oracle.hosts / oracle.hosts_per_leaf,
                        .hosts_per_leaf = oracle.hosts_per_leaf,
                        .spines = oracle.spines,
                        .host_link = link(oracle.host_link_gbps),
                        .uplink = link(oracle.uplink_gbps),
                        .spread = {}});
}

// Starts the next chunk of a host when the one before is known to have arrived at it.
class Ring final : public Component {
 public:
  Ring(const PacketOracle& oracle, PacketNetwork& network, Engine& engine)
      : oracle_(oracle), network_(network), self_(engine.Add(*this)) {}

  absl::Status Start(int host, int step, Time at) {
    PacketFlow flow;
    flow.source = host;
    flow.target = (host + 1) % oracle_.ring_hosts;
    flow.bytes = Bytes(oracle_.ring_chunk_bytes);
    flow.start = at;
    flow.known = {.wanted = true,
                  .component = self_,
                  .payload = uint64_t{static_cast<uint32_t>(step)} << 32 |
                             static_cast<uint32_t>(flow.target)};
    return network_.Add(flow).status();
  }

  void OnEvent(const Event& event, Engine& engine) override {
    last_ = event.time;
    const int step = static_cast<int>(event.payload >> 32) + 1;
    if (step == oracle_.ring_steps) return;
    status_.Update(Start(static_cast<int>(event.payload & UINT32_MAX), step, engine.now()));
  }

  Time last() const { return last_; }
  const absl::Status& status() const { return status_; }

 private:
  const PacketOracle& oracle_;
  PacketNetwork& network_;
  ComponentId self_;
  Time last_;
  absl::Status status_;
};

double Microseconds(Time time) { return ToSeconds(time) * 1e6; }

absl::Status CheckOver(const PacketNetwork& network) {
  const std::string unfinished = network.DescribeUnfinished();
  return unfinished.empty() ? absl::OkStatus() : absl::InternalError(unfinished);
}

absl::StatusOr<std::vector<double>> RunRing(const PacketOracle& oracle, PacketNetwork& network,
                                            Engine& engine) {
  Ring ring(oracle, network, engine);
  for (int host = 0; host < oracle.ring_hosts; ++host) {
    TESSERA_RETURN_IF_ERROR(ring.Start(host, 0, Time()));
  }
  engine.Run();
  TESSERA_RETURN_IF_ERROR(ring.status());
  TESSERA_RETURN_IF_ERROR(CheckOver(network));
  return std::vector<double>{Microseconds(ring.last())};
}

absl::StatusOr<std::vector<double>> RunFlows(const PacketOracle& oracle, PacketNetwork& network,
                                             Engine& engine) {
  for (const PacketOracle::Flow& asked : oracle.flows) {
    PacketFlow flow;
    flow.source = asked.source;
    flow.target = asked.target;
    flow.bytes = Bytes(asked.bytes);
    flow.path = asked.uplink;
    TESSERA_RETURN_IF_ERROR(network.Add(flow).status());
  }
  engine.Run();
  TESSERA_RETURN_IF_ERROR(CheckOver(network));
  std::vector<double> answers = {0};
  for (uint32_t f = 0; f < oracle.flows.size(); ++f) {
    answers.push_back(Microseconds(network.ResultOf(f).known));
    answers[0] = std::max(answers[0], answers.back());
  }
  return answers;
}

}  // namespace

absl::StatusOr<std::vector<double>> RunPackets(const PacketOracle& oracle) {
  const std::unique_ptr<Topology> topology = NetworkOf(oracle);
  PacketParams params;
  params.payload = Bytes(oracle.payload_bytes);
  params.header = Bytes(oracle.header_bytes);
  params.transport =
      oracle.lossless ? PacketTransport::kLossless : PacketTransport::kReceiverDriven;
  params.paths = oracle.lossless ? PathChoice::kHash : PathChoice::kSpray;
  Engine engine;
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<PacketNetwork> network,
                           MakePacketNetwork(engine, *topology, params));
  if (oracle.ring_steps > 0) return RunRing(oracle, *network, engine);
  return RunFlows(oracle, *network, engine);
}

}  // namespace tessera
