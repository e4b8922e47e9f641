// Fluid transfers through the real fabric, folding off: one schedule, alone on its topology.
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/benchmarks.h"
#include "core/check.h"
#include "core/random.h"
#include "fabric/fabric.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

// Flows of an all-to-all start all at once: no latency.
constexpr LinkKind kHundredGigabit = {Bandwidth::GigabitsPerSecond(100), Duration(0),
                                      Tier::kScaleOut};
constexpr LinkKind kChipLink = {Bandwidth::GigabytesPerSecond(50), Duration(0), Tier::kScaleUp};
constexpr LinkKind kHundredGigabitFar = {Bandwidth::GigabitsPerSecond(100), Duration(500'000),
                                         Tier::kScaleOut};
constexpr int64_t kMegabyte = 1'000'000;

enum class Sizes { kEqual, kRandom };  // kRandom: uniform from half to one and a half.

// Everybody sends to everybody at once, first to its successor, then to the one after it.
Schedule AllToAll(int ranks, Sizes sizes) {
  RandomStream random({.run_seed = 1});
  Schedule schedule;
  schedule.algorithm = "direct";
  schedule.ranks = ranks;
  schedule.transfers.reserve(static_cast<size_t>(ranks * (ranks - 1)));
  for (int distance = 1; distance < ranks; ++distance) {
    for (int rank = 0; rank < ranks; ++rank) {
      Transfer transfer;
      transfer.source = rank;
      transfer.target = (rank + distance) % ranks;
      transfer.bytes = Bytes(sizes == Sizes::kEqual
                                 ? kMegabyte
                                 : kMegabyte / 2 + static_cast<int64_t>(random.Below(kMegabyte)));
      schedule.transfers.push_back(transfer);
    }
  }
  return schedule;
}

// Ring all-reduce: 2(n-1) steps of one chunk to the successor, each after the one received.
Schedule RingAllReduce(int ranks, Bytes buffer) {
  Schedule schedule;
  schedule.algorithm = "ring";
  schedule.ranks = ranks;
  const int steps = 2 * (ranks - 1);
  schedule.transfers.reserve(static_cast<size_t>(steps * ranks));
  schedule.predecessors.reserve(static_cast<size_t>((steps - 1) * ranks));
  for (int step = 0; step < steps; ++step) {
    for (int rank = 0; rank < ranks; ++rank) {
      Transfer transfer;
      transfer.source = rank;
      transfer.target = (rank + 1) % ranks;
      transfer.bytes = Bytes(buffer.count() / ranks);
      transfer.first_predecessor = static_cast<int32_t>(schedule.predecessors.size());
      if (step > 0) {
        schedule.predecessors.push_back((step - 1) * ranks + (rank + ranks - 1) % ranks);
        transfer.predecessor_count = 1;
      }
      schedule.transfers.push_back(transfer);
    }
  }
  return schedule;
}

// Runs rank r on chip r; returns the number of transfers.
int64_t RunAlone(const Topology& topology, const Schedule& schedule) {
  std::vector<VertexId> chips;
  for (int rank = 0; rank < schedule.ranks; ++rank) chips.push_back(rank);
  Fabric::Request request;
  request.schedule = &schedule;
  request.endpoints = chips;
  TESSERA_CHECK(IsolatedTime(topology, request) > Duration::zero());
  return static_cast<int64_t>(schedule.transfers.size());
}

int64_t RunTorus(Sizes sizes) {
  return RunAlone(*MakeGrid({.extents = {8, 8, 4}, .links = {kChipLink}, .wraps = true}),
                  AllToAll(256, sizes));
}

int64_t RunClos(SpreadRule spread) {
  return RunAlone(*MakeLeafSpine({.leaves = 16,
                                  .hosts_per_leaf = 16,
                                  .spines = 16,
                                  .host_link = kHundredGigabit,
                                  .uplink = kHundredGigabit,
                                  .spread = spread}),
                  AllToAll(256, Sizes::kEqual));
}

}  // namespace

std::vector<Benchmark> FabricBenchmarks() {
  const auto ring = [] {
    return RunAlone(*MakeFatTree({.k = 16, .link = kHundredGigabitFar, .spread = {}}),
                    RingAllReduce(1024, Bytes::GiB(1)));
  };
  const auto switch64 = [] {
    return RunAlone(*MakeCrossbar(64, kHundredGigabit), AllToAll(64, Sizes::kRandom));
  };
  return {
      {.name = "fluid_ring_1024", .item = "message", .run = ring},
      {.name = "fluid_a2a_torus_256",
       .item = "flow",
       .run = [] { return RunTorus(Sizes::kEqual); }},
      {.name = "fluid_a2av_torus_256",
       .item = "flow",
       .run = [] { return RunTorus(Sizes::kRandom); }},
      {.name = "fluid_a2a_clos_256", .item = "flow", .run = [] { return RunClos({}); }},
      {.name = "fluid_a2a_clos_256_ecmp",
       .item = "flow",
       .run = [] { return RunClos({.kind = SpreadRule::Kind::kHash, .seed = 1}); }},
      {.name = "fluid_a2av_switch_64", .item = "flow", .run = switch64},
  };
}

}  // namespace tessera
