// Networks simulated packet by packet.
#include <cstdint>
#include <numeric>
#include <vector>

#include "absl/types/span.h"
#include "bench/benchmarks.h"
#include "core/check.h"
#include "core/engine.h"
#include "core/integer.h"
#include "core/random.h"
#include "fabric/noc/latency_load.h"
#include "fabric/packet/packet_network.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

// A mesh of 8 x 8 routers with 8 virtual channels of 8 flits, uniform traffic of single flits at a
// load of 0.40 flits a node and cycle. Counts the routers that flits pass.
int64_t RunMesh() {
  NocLoad load = {.network = {}, .traffic = NocTraffic::Uniform(64), .load = 0.40};
  load.network.extents.assign(2, 8);
  load.network.input_speedup = 2;
  const absl::StatusOr<NocMeasurement> measured = MeasureNoc(load, {.period_cycles = 5000});
  TESSERA_CHECK(measured.ok() && measured->settled);
  return measured->flit_hops;
}

// A random permutation of 2 MB a host over the k-ary fat tree, 100 Gb/s and 500 ns a link, packets
// of 4096 bytes, sprayed and pulled. Counts the packets that the messages are cut into.
int64_t RunPermutation(int k) {
  constexpr int64_t kMessageBytes = 2'000'000;
  constexpr double kMostEventsPerPacket = 10;
  const LinkKind link = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};
  const auto topology = MakeFatTree({.k = k, .link = link, .spread = {}});
  Engine engine;
  const PacketParams params;
  const auto network = MakePacketNetwork(engine, *topology, params);
  TESSERA_CHECK(network.ok());
  std::vector<VertexId> targets(static_cast<size_t>(topology->chips()));
  std::iota(targets.begin(), targets.end(), 0);
  RandomStream random({.run_seed = 1});
  random.Shuffle(absl::MakeSpan(targets));
  int64_t packets = 0;
  for (VertexId source = 0; source < topology->chips(); ++source) {
    PacketFlow flow;
    flow.source = source;
    flow.target = targets[static_cast<size_t>(source)];
    flow.bytes = Bytes(kMessageBytes);
    if (flow.source == flow.target) continue;
    TESSERA_CHECK((*network)->Add(flow).ok());
    packets += CeilDiv(kMessageBytes, params.payload.count());
  }
  engine.Run();
  TESSERA_CHECK((*network)->DescribeUnfinished().empty());
  TESSERA_CHECK(static_cast<double>(engine.events_delivered()) <=
                kMostEventsPerPacket * static_cast<double>(packets));
  return packets;
}

// A 64 KB all-to-all on a 4x4x4 torus of links with credits, 45 GB/s and 500 ns each. Counts the
// links that packets cross.
int64_t RunTorus() {
  const LinkKind link = {Bandwidth::GigabytesPerSecond(45), Duration(500'000), Tier::kScaleUp};
  const auto topology = MakeGrid({.extents = {4, 4, 4}, .links = {link}, .wraps = true});
  Engine engine;
  const auto network = MakePacketNetwork(engine, *topology, CreditLinks());
  TESSERA_CHECK(network.ok());
  for (VertexId source = 0; source < topology->chips(); ++source) {
    for (int step = 1; step < topology->chips(); ++step) {
      PacketFlow flow;
      flow.source = source;
      flow.target = (source + step) % topology->chips();
      flow.bytes = Bytes(65'536);
      TESSERA_CHECK((*network)->Add(flow).ok());
    }
  }
  engine.Run();
  TESSERA_CHECK((*network)->DescribeUnfinished().empty());
  int64_t crossed = 0;
  for (const PacketLinkUse& use : (*network)->link_use()) crossed += use.packets;
  return crossed;
}

}  // namespace

std::vector<Benchmark> PacketBenchmarks() {
  return {{.name = "packet_perm_128", .item = "packet", .run = [] { return RunPermutation(8); }},
          {.name = "packet_perm_1024", .item = "packet", .run = [] { return RunPermutation(16); }},
          {.name = "packet_credit_torus_64", .item = "packet-hop", .run = RunTorus},
          {.name = "noc_mesh_8x8", .item = "flit-hop", .run = RunMesh}};
}

}  // namespace tessera
