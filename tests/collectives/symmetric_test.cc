// Symmetric collectives against their closed forms and against the schedules of the same algorithms
// written rank by rank.
#include "collectives/symmetric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fabric/symmetric_fold.h"
#include "tests/collectives/machine.h"

namespace tessera {
namespace {

constexpr int64_t kBuffer = 1 << 24;

SystemSpec MachineOf(int chips_per_node) {
  SystemSpec system;
  system.name = "test";
  system.chips_per_node = chips_per_node;
  system.scale_up = chips_per_node > 1 ? ScaleUpTopology::kSwitch : ScaleUpTopology::kSingle;
  LinkSpec& link = system.scale_up_link.emplace();
  link.bandwidth_per_direction = Bandwidth::GigabytesPerSecond(400);
  link.links_per_chip = 1;
  link.latency = Duration(500'000);
  link.switch_latency = Duration(0);
  ScaleOutSpec& out = system.scale_out.emplace();
  out.link.latency = Duration(2'000'000);
  out.nic_bandwidth = Bandwidth::GigabytesPerSecond(50);
  out.nics_per_node = chips_per_node;
  return system;
}

Duration FoldedTime(const SystemSpec& system, const absl::StatusOr<SymmetricSchedule>& schedule) {
  EXPECT_THAT(schedule, IsOk());
  const auto machine = RegularMachine::Make(system, schedule->nodes);
  EXPECT_THAT(machine, IsOk());
  const auto fold = FoldSymmetric(*machine, *schedule);
  EXPECT_THAT(fold, IsOk());
  return RunQuotient(fold->quotient, {}).end;
}

Duration UnfoldedTime(const SystemSpec& system, const std::string& algorithm,
                      const AlgorithmInput& input) {
  const auto topology = BuildTopology(system, input.nodes(), input.ranks);
  EXPECT_THAT(topology, IsOk());
  return TimeOn(**topology, algorithm, input);
}

TEST(SymmetricCollectivesTest, HalvingDoublingTakesAsLongAsRankByRank) {
  for (const int nodes : {2, 8, 64, 256}) {
    SCOPED_TRACE(testing::Message() << nodes << " nodes");
    AlgorithmInput input{.ranks = nodes, .bytes = Bytes(kBuffer)};
    input.ranks_per_node = 1;
    EXPECT_EQ(FoldedTime(MachineOf(1),
                         SymmetricHalvingDoubling({.nodes = nodes, .bytes = Bytes(kBuffer)})),
              UnfoldedTime(MachineOf(1), "halving_doubling", input));
  }
}

TEST(SymmetricCollectivesTest, RingTakesAsLongAsRankByRank) {
  for (const int nodes : {2, 8, 64}) {
    SCOPED_TRACE(testing::Message() << nodes << " nodes");
    AlgorithmInput input{.ranks = nodes, .bytes = Bytes(kBuffer)};
    input.ranks_per_node = 1;
    EXPECT_EQ(FoldedTime(MachineOf(1), SymmetricRing({.nodes = nodes, .bytes = Bytes(kBuffer)})),
              UnfoldedTime(MachineOf(1), "ring", input));
  }
}

// 2 (G - 1) steps of S / G at 400 GB/s and 0.5 us; between N nodes 2 log2 N exchanges and
// 2 (1 - 1 / N) S / G at 50 GB/s and 2 us; three quarters of a pass never leave a leaf.
TEST(SymmetricCollectivesTest, HierarchicalMeetsItsClosedFormOnAMillionChips) {
  constexpr int kNodes = 131'072;
  const Duration time = FoldedTime(
      MachineOf(8),
      SymmetricHierarchical({.nodes = kNodes, .chips_per_node = 8, .bytes = Bytes(kBuffer)}));
  const double shard = kBuffer / 8.0;
  const double inside = 14 * (0.5e-6 + shard / 400e9);
  const double across = 34 * 2e-6 + 2 * (1 - 1.0 / kNodes) * shard / 50e9;
  EXPECT_NEAR(ToSeconds(time), inside + across, 1e-9);
}

// Four stages of a node each: groups of every fourth node do what groups of all nodes do on a
// machine of a quarter of the nodes, as rails have bandwidth for all at once.
TEST(SymmetricCollectivesTest, GroupsOfEveryFourthNodeRunAtOnce) {
  const Duration together =
      FoldedTime(MachineOf(8),
                 SymmetricHalvingDoubling(
                     {.nodes = 1024, .chips_per_node = 8, .stride = 4, .bytes = Bytes(kBuffer)}));
  const Duration alone = FoldedTime(
      MachineOf(8),
      SymmetricHalvingDoubling({.nodes = 256, .chips_per_node = 8, .bytes = Bytes(kBuffer)}));
  EXPECT_EQ(together, alone);
}

TEST(SymmetricCollectivesTest, RefusesGroupsThatDoNotFill) {
  EXPECT_THAT(SymmetricRing({.nodes = 10, .stride = 4, .bytes = Bytes(1)}).status().message(),
              testing::HasSubstr("groups of every 4. of 10 nodes; accepted: a stride"));
  EXPECT_THAT(SymmetricHalvingDoubling({.nodes = 12, .bytes = Bytes(1)}).status().message(),
              testing::HasSubstr("and a power of two nodes"));
}

}  // namespace
}  // namespace tessera
