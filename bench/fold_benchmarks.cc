// Exact folding: a hierarchical all-reduce (ring in the node, halving and doubling between nodes)
// on more chips than could be simulated one by one, and with one slow chip among many.
#include <cstdint>
#include <numeric>
#include <vector>

#include "bench/benchmarks.h"
#include "collectives/symmetric.h"
#include "core/check.h"
#include "fabric/colour_refinement.h"
#include "fabric/symmetric_fold.h"
#include "topology/build.h"

namespace tessera {
namespace {

constexpr int kChipsPerNode = 8;
constexpr TransferCosts kCosts = {.start = Duration(5'000'000),
                                  .per_transfer_scale_up = Duration(1'000'000),
                                  .per_transfer_scale_out = Duration(2'000'000)};

// Eight chips on a switch, a 400 Gb/s NIC each, leaves of 32 nodes; routes by destination modulo
// spines.
SystemSpec System() {
  SystemSpec system;
  system.name = "benchmark";
  system.chips_per_node = kChipsPerNode;
  system.scale_up = ScaleUpTopology::kSwitch;
  LinkSpec& link = system.scale_up_link.emplace();
  link.name = "scale_up";
  link.chip_bandwidth_per_direction = Bandwidth::GigabytesPerSecond(450);
  link.links_per_chip = 18;
  link.latency = Duration(500'000);
  ScaleOutSpec& network = system.scale_out.emplace();
  network.link.name = "scale_out";
  network.link.latency = Duration(1'500'000);
  network.link.switch_latency = Duration(150'000);
  network.nic_bandwidth = Bandwidth::GigabitsPerSecond(400);
  network.nics_per_node = kChipsPerNode;
  network.nodes_per_leaf = 32;
  return system;
}

template <typename T>
T Value(absl::StatusOr<T> made) {
  TESSERA_CHECK(made.ok());
  return *std::move(made);
}

SymmetricSchedule AllReduce(int chips) {
  return Value(SymmetricHierarchical(
      {.nodes = chips / kChipsPerNode, .chips_per_node = kChipsPerNode, .bytes = Bytes::GiB(1)}));
}

int64_t RunRegular() {
  constexpr int kChips = 1 << 20;
  const SymmetricSchedule schedule = AllReduce(kChips);
  const RegularMachine machine = Value(RegularMachine::Make(System(), schedule.nodes));
  const SymmetricFold fold = Value(FoldSymmetric(machine, schedule));
  TESSERA_CHECK(RunQuotient(fold.quotient, kCosts).end > Duration::zero());
  return kChips;
}

// Chip 0 sends and receives at half the rate.
int64_t RunWithSlowChip() {
  constexpr int kChips = 1 << 16;
  const SymmetricSchedule symmetric = AllReduce(kChips);
  const auto topology = Value(BuildTopology(System(), symmetric.nodes, kChips));
  topology->SlowDown(0, 0.5);
  const Schedule schedule = Unfold(symmetric);
  const PreparedSchedule prepared(schedule);
  std::vector<VertexId> chips(kChips);
  std::iota(chips.begin(), chips.end(), 0);
  const Placement placement(prepared, *topology, chips);
  const Quotient quotient = QuotientOf(placement, RefineColours(placement));
  TESSERA_CHECK(RunQuotient(quotient, kCosts).end > Duration::zero());
  return kChips;
}

// Builds 100,000 chips with every vertex and link, and finds some routes.
int64_t BuildUnfolded() {
  constexpr int kChips = 100'000;
  const auto topology = Value(BuildTopology(System(), kChips / kChipsPerNode, kChips));
  for (ChipId chip = 0; chip < kChips; ++chip) {
    TESSERA_CHECK(!topology->Route(chip, (chip + kChips / 2) % kChips).empty());
  }
  return kChips;
}

}  // namespace

std::vector<Benchmark> FoldBenchmarks() {
  return {
      {.name = "fold_allreduce_1m", .item = "chip", .run = RunRegular},
      {.name = "fold_slow_64k", .item = "chip", .run = RunWithSlowChip},
      {.name = "topology_build_100k", .item = "chip", .run = BuildUnfolded},
  };
}

}  // namespace tessera
