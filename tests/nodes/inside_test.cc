// Dies and tiles inside chips, in whole runs: traffic that crosses up to four tiers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kFourTiers[] = "configs/scenarios/four_tiers_all_to_all.yaml";

ScenarioSpec Load(const std::vector<std::string>& overrides) {
  const auto scenario = Catalog("configs").LoadScenario(kFourTiers, overrides);
  EXPECT_THAT(scenario, IsOk());
  return *scenario;
}

SimulationResult RunWith(const std::vector<std::string>& overrides = {}) {
  const auto result = Simulate(Load(overrides), {.traced_ranks = 0});
  EXPECT_THAT(result, IsOk());
  return *result;
}

int64_t BytesOf(const SimulationResult& result, Tier tier) {
  for (const TierSummary& summary : result.tiers) {
    if (summary.tier == tier) return summary.bytes.count();
  }
  return 0;
}

// Of 4 MiB from each of 256 tiles a 256th goes to each other one: half of them to the other node.
TEST(InsideTest, AnAllToAllLoadsAllFourTiers) {
  const SimulationResult result = RunWith();
  constexpr int64_t kToEach = (4 << 20) / 256;
  // Chip to NIC, NIC to leaf and their way back: four links, six over a spine.
  EXPECT_GE(BytesOf(result, Tier::kScaleOut), 256 * 128 * kToEach * 4);
  EXPECT_LE(BytesOf(result, Tier::kScaleOut), 256 * 128 * kToEach * 6);
  // One link for those of another chip of the node.
  EXPECT_EQ(BytesOf(result, Tier::kScaleUp), 256 * 112 * kToEach);
  EXPECT_GT(BytesOf(result, Tier::kDieToDie), 256 * 12 * kToEach);
  EXPECT_GT(BytesOf(result, Tier::kNoc), 256 * 3 * kToEach);
}

TEST(InsideTest, TheSlowestTierSetsThePace) {
  const double seconds = ToSeconds(RunWith().makespan);
  const SimulationResult tiles = RunWith({"system.inside.tiles.bandwidth=4 GB/s"});
  const SimulationResult dies = RunWith({"system.inside.dies.bandwidth=10 GB/s"});
  EXPECT_GT(ToSeconds(tiles.makespan), 1.5 * seconds);
  EXPECT_GT(ToSeconds(dies.makespan), 1.5 * seconds);
  EXPECT_THAT(tiles.bottleneck, testing::HasSubstr("noc links (all_to_all"));
}

TEST(InsideTest, RunsAreEqualOverAnyNumberOfPartitions) {
  const ScenarioSpec scenario = Load({"collective.bytes=1 MiB"});
  const auto whole = Simulate(scenario, {.traced_ranks = 0});
  ASSERT_THAT(whole, IsOk());
  for (const int partitions : {2, 3}) {
    const auto split = SimulateOnThreads(scenario, {.traced_ranks = 0}, partitions);
    ASSERT_THAT(split, IsOk());
    EXPECT_EQ(split->makespan, whole->makespan);
    EXPECT_EQ(BytesOf(*split, Tier::kNoc), BytesOf(*whole, Tier::kNoc));
  }
}

// Over tiles, dies and xGMI alike; the rest is fluid.
TEST(InsideTest, PacketsPassTheTiersInsideANode) {
  const std::vector<std::string> one_node = {"nodes=1"};
  const double fluid = ToSeconds(RunWith(one_node).makespan);
  const double packets = ToSeconds(RunWith({"nodes=1", "fabric.scale_up=packet"}).makespan);
  EXPECT_GT(packets, 0.95 * fluid);
  EXPECT_LT(packets, 1.5 * fluid);
}

TEST(InsideTest, PacketsBetweenNodesAreRefused) {
  EXPECT_THAT(Simulate(Load({"fabric.scale_out=packet"}), {}),
              FailsContaining("system.inside: with fabric.scale_out: packet"));
}

// Tensor parallelism of the two ranks of one die stays there.
TEST(InsideTest, RanksOfOneDieShareIt) {
  const auto scenario =
      Catalog("configs").LoadScenario("configs/scenarios/llama3_8b_mi300x_partitions.yaml",
                                      {"plan={tensor: 2, data: 32}", "inference.batch=32"});
  ASSERT_THAT(scenario, IsOk());
  const auto result = Simulate(*scenario, {.traced_ranks = 0});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(BytesOf(*result, Tier::kDieToDie), 0);
  EXPECT_EQ(BytesOf(*result, Tier::kScaleUp), 0);
}

}  // namespace
}  // namespace tessera
