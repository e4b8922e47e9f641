#include "topology/analysis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/status_matchers.h"
#include "tests/topology/systems.h"
#include "topology/build.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabytesPerSecond(1), Duration(100), Tier::kScaleOut};

int CountNamed(const Topology& topology, const std::string& stem) {
  int count = 0;
  for (const Vertex& vertex : topology.vertices()) count += vertex.name.find(stem) == 0 ? 1 : 0;
  return count;
}

// net-fat-tree-k: counts at k = 64; the bisection, k^3/8 links, where max-flow is quick.
TEST(AnalysisTest, NetFatTreeK) {
  const auto tree = MakeFatTree({.k = 64, .link = kLink, .spread = {}});
  EXPECT_EQ(tree->chips(), 65536);
  EXPECT_EQ(CountNamed(*tree, "core"), 1024);
  EXPECT_EQ(CountNamed(*tree, "edge") + CountNamed(*tree, "aggregation"), 4096);
  const auto small = MakeFatTree({.k = 8, .link = kLink, .spread = {}});
  EXPECT_EQ(BisectionBandwidth(*small), Bandwidth::GigabytesPerSecond(8 * 8 * 8 / 8));
  EXPECT_EQ(ChipDistances(*small).diameter, 6);
}

// net-torus-bisection
TEST(AnalysisTest, NetTorusBisection) {
  const auto torus = MakeGrid({.extents = {8, 8, 8}, .links = {kLink}, .wraps = true});
  EXPECT_EQ(torus->chips(), 512);
  EXPECT_EQ(BisectionBandwidth(*torus), Bandwidth::GigabytesPerSecond(128));
  const Distances distances = ChipDistances(*torus);
  EXPECT_EQ(distances.diameter, 12);
  EXPECT_NEAR(distances.mean, 6.0, 1e-9);
}

TEST(AnalysisTest, BisectionOfAGridCutsItsLongestDimension) {
  EXPECT_EQ(BisectionBandwidth(*MakeGrid({.extents = {8, 2}, .links = {kLink}})),
            Bandwidth::GigabytesPerSecond(2));
  EXPECT_EQ(BisectionBandwidth(*MakeGrid({.extents = {2, 8}, .links = {kLink}})),
            Bandwidth::GigabytesPerSecond(2));
}

// net-nvl72: raw rates of both directions.
TEST(AnalysisTest, NetNvl72) {
  SystemSpec system = SwitchedSystem();
  system.chips_per_node = 72;
  system.scale_up_link->payload_efficiency = 1;
  system.scale_up_link->chip_bandwidth_per_direction.reset();
  system.scale_up_link->bandwidth_per_direction = Bandwidth::GigabytesPerSecond(50);
  const auto topology = BuildTopology(system, 1, 72);
  ASSERT_THAT(topology, IsOk());
  int64_t aggregate = 0;
  int64_t of_chip = 0;
  for (const Link& link : (*topology)->links()) {
    aggregate += link.bandwidth.bytes_per_second();
    if (link.source == 0 || link.target == 0) of_chip += link.bandwidth.bytes_per_second();
  }
  EXPECT_EQ(of_chip, 1800LL * 1'000'000'000);
  EXPECT_EQ(aggregate, 129'600LL * 1'000'000'000);
  EXPECT_EQ(BisectionBandwidth(**topology), Bandwidth::GigabytesPerSecond(36 * 900));
}

// net-ecmp-collisions
TEST(AnalysisTest, NetEcmpCollisions) {
  const EcmpCollisions collisions = CollisionsOf(8, 8);
  EXPECT_NEAR(collisions.no_collision_probability, 0.00240325927734, 0.0024e-9);
  EXPECT_NEAR(collisions.idle_fraction, 0.343608915806, 1e-9 * 0.34);
  EXPECT_NEAR(collisions.expected_most_flows, 2.5972328186, 2.6e-9);
  EXPECT_NEAR(collisions.slowest_flow_fraction, 0.4099939545, 1e-9 * 0.41);
}

TEST(AnalysisTest, CollisionsOfOneFlowOrOneUplinkAreCertain) {
  EXPECT_EQ(CollisionsOf(1, 5).expected_most_flows, 1);
  EXPECT_EQ(CollisionsOf(7, 1).expected_most_flows, 7);
  EXPECT_EQ(CollisionsOf(3, 2).no_collision_probability, 0);
}

// net-md1-mm1, the waits: by Little's law 0.8 * (1 + 2) = 2.4 customers are in the M/D/1 system.
TEST(AnalysisTest, NetMd1Mm1) {
  EXPECT_NEAR(MeanQueueingServices(0.8, 0), 2.0, 2e-9);
  EXPECT_NEAR(MeanQueueingServices(0.8, 1), 4.0, 4e-9);
  EXPECT_EQ(MeanQueueingServices(0, 1), 0);
}

// net-pfc-headroom
TEST(AnalysisTest, NetPfcHeadroom) {
  EXPECT_EQ(PauseHeadroom({.rate = Bandwidth::GigabitsPerSecond(400),
                           .cable_delay = Duration(100 * 5'000),
                           .largest_packet = Bytes(4096),
                           .reaction = Bytes(3840)}),
            Bytes(62032));
}

}  // namespace
}  // namespace tessera
