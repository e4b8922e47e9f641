// One simulation split over processes.
#include <cstdint>
#include <memory>

#include "bench/benchmarks.h"
#include "core/check.h"
#include "fabric/packet/packet_exchange.h"
#include "nodes/forked_run.h"
#include "topology/clos.h"

namespace tessera {
namespace {

// 256 hosts on 16 leaves under 16 spines, 100 Gb/s and 500 ns a link; each host sends 256 KiB to
// each other one, in packets of 4096 bytes, sprayed and pulled, beginning with its successor.
class PacketAllToAll {
 public:
  PacketAllToAll() : topology_(MakeLeafSpine(Network())) {
    constexpr Bytes kBytes = Bytes(256 * 1024);
    for (VertexId source = 0; source < topology_->chips(); ++source) {
      for (VertexId step = 1; step < topology_->chips(); ++step) {
        exchange_.messages.push_back(
            {.source = source, .target = (source + step) % topology_->chips(), .bytes = kBytes});
      }
    }
  }
  // The number of events, of all partitions at partition 0.
  absl::StatusOr<int64_t> Run(WindowTransport* transport) const {
    const auto result = RunPacketExchange(*topology_, {}, exchange_, transport);
    if (!result.ok()) return result.status();
    return result->events;
  }

 private:
  static LeafSpineParams Network() {
    const LinkKind link = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};
    return {.leaves = 16,
            .hosts_per_leaf = 16,
            .spines = 16,
            .host_link = link,
            .uplink = link,
            .spread = {}};
  }
  std::unique_ptr<Topology> topology_;
  PacketExchange exchange_;
};

int64_t RunAlone() {
  const absl::StatusOr<int64_t> events = PacketAllToAll().Run(nullptr);
  TESSERA_CHECK(events.ok());
  return *events;
}

int64_t RunOnTwoProcesses() {
  const PacketAllToAll all_to_all;
  int64_t events = 0;
  const absl::Status status =
      RunOnForkedProcesses(2, LocalTransport::kShared, [&](WindowTransport& transport) {
        const absl::StatusOr<int64_t> mine = all_to_all.Run(&transport);
        if (mine.ok() && transport.self() == 0) events = *mine;
        return mine.status();
      });
  TESSERA_CHECK(status.ok());
  return events;
}

}  // namespace

std::vector<Benchmark> SplitBenchmarks() {
  return {{.name = "pdes_packet_a2a",
           .item = "event",
           .run = RunOnTwoProcesses,
           .undivided = RunAlone}};
}

}  // namespace tessera
