// Networks simulated packet by packet.
#include <cstdint>
#include <vector>

#include "bench/benchmarks.h"
#include "core/check.h"
#include "fabric/noc/latency_load.h"

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

}  // namespace

std::vector<Benchmark> PacketBenchmarks() {
  return {{.name = "noc_mesh_8x8", .item = "flit-hop", .run = RunMesh}};
}

}  // namespace tessera
