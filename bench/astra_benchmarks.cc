// Replays of ASTRA-sim runs.
#include "bench/benchmarks.h"
#include "core/check.h"
#include "nodes/astra/parity.h"

namespace tessera {
namespace {

// A ring all-reduce of 1 MiB in 4 chunks over 1024 ranks, congestion-aware; every message of every
// rank is one of its own.
int64_t RingOf1024() {
  constexpr int kRanks = 1024;
  AstraInputs inputs;
  inputs.network.dimensions = {
      {.block = AstraBlock::kRing, .npus = kRanks, .bandwidth_gib_per_s = 50, .latency_ns = 500}};
  inputs.system.splits = 4;
  inputs.system.local_memory_gb_per_s = 1600;
  inputs.system.implementations.fill({AstraImplementation{}});
  inputs.traces.assign(kRanks, OneCollectiveTrace(ChakraCollective::kAllReduce, 1 << 20));
  const auto result = RunAstraParity(inputs, {});
  TESSERA_CHECK(result.ok());
  return result->messages;
}

}  // namespace

std::vector<Benchmark> AstraBenchmarks() {
  return {{.name = "astra_ring_1024", .item = "message", .run = RingOf1024}};
}

}  // namespace tessera
