#include "topology/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/status_matchers.h"
#include "tests/topology/routes.h"
#include "tests/topology/systems.h"

namespace tessera {
namespace {

std::unique_ptr<Topology> Built(const SystemSpec& system, int nodes) {
  auto topology = BuildTopology(system, nodes, nodes * system.chips_per_node);
  EXPECT_THAT(topology, IsOk());
  return *std::move(topology);
}

const Link& LinkBetween(const Topology& topology, VertexId a, VertexId b) {
  const LinkId link = topology.FindLink(a, b);
  EXPECT_GE(link, 0);
  return topology.links()[static_cast<size_t>(link)];
}

TEST(BuildTopologyTest, SwitchedNodeHasOnePayloadRateLinkPerChipAndDirection) {
  const auto topology = Built(SwitchedSystem(), 1);
  EXPECT_EQ(topology->chips(), 8);
  EXPECT_EQ(topology->links().size(), 16U);
  EXPECT_EQ(LinkBetween(*topology, 3, 8).bandwidth, Bandwidth::GigabytesPerSecond(369));
  EXPECT_EQ(topology->RouteLatency(0, 7), Duration(600'000));
  EXPECT_THAT(RouteNames(*topology, 0, 7), testing::ElementsAre("node0/switch", "node0/chip7"));
}

TEST(BuildTopologyTest, EfficiencyComesFromTheLinkThenTheChipThenIsOne) {
  SystemSpec system = SwitchedSystem();
  system.scale_up_link->payload_efficiency.reset();
  EXPECT_EQ(LinkBetween(*Built(system, 1), 0, 8).bandwidth, Bandwidth::GigabytesPerSecond(450));
  system.chip.scale_up.emplace();
  system.chip.scale_up->link = "nvlink";
  system.chip.scale_up->achieved_fraction = 0.5;
  EXPECT_EQ(LinkBetween(*Built(system, 1), 0, 8).bandwidth, Bandwidth::GigabytesPerSecond(225));
}

TEST(BuildTopologyTest, ReducingSwitchesExistOnlyWithInNetworkReduction) {
  SystemSpec system = SwitchedSystem();
  EXPECT_EQ(Built(system, 2)->reducing_switch(1), -1);
  system.in_network_reduction = true;
  const auto topology = Built(system, 2);
  const VertexId reducing = topology->reducing_switch(1);
  EXPECT_EQ(topology->vertices()[static_cast<size_t>(reducing)].name, "node1/switch");
  EXPECT_THAT(RouteNames(*topology, 9, reducing), testing::ElementsAre("node1/switch"));
}

TEST(BuildTopologyTest, RailOptimisedTrafficOfOneRailStaysUnderItsLeaf) {
  const auto topology = Built(SwitchedSystem(), 4);
  EXPECT_THAT(RouteNames(*topology, 2, 26),
              testing::ElementsAre("node0/nic2", "leaf2", "node3/nic2", "node3/chip2"));
  EXPECT_EQ(topology->RouteLatency(2, 26), Duration(1'650'000));
  EXPECT_EQ(topology->Route(2, 27).size(), 6U);
  EXPECT_EQ(topology->RouteLatency(2, 27), Duration(1'950'000));
}

TEST(BuildTopologyTest, GroupsOfNodesMeetAtSpinesChosenByThePortOfTheDestination) {
  const auto topology = Built(SwitchedSystem(), 8);
  std::set<std::string> spines;
  for (int node = 4; node < 8; ++node) {
    const auto names = RouteNames(*topology, 0, node * 8);
    ASSERT_EQ(names.size(), 6U);
    EXPECT_EQ(names[1], "leaf0");
    EXPECT_EQ(names[3], "leaf8");
    spines.insert(names[2]);
  }
  EXPECT_EQ(spines.size(), 4U);
}

TEST(BuildTopologyTest, OversubscriptionTakesUplinkBandwidth) {
  SystemSpec system = SwitchedSystem();
  system.scale_out->oversubscription = 3;
  const auto topology = Built(system, 8);
  int64_t up = 0;
  int64_t down = 0;
  for (const Link& link : topology->links()) {
    const std::string& source = topology->vertices()[static_cast<size_t>(link.source)].name;
    const std::string& target = topology->vertices()[static_cast<size_t>(link.target)].name;
    if (source != "leaf0") continue;
    (target.substr(0, 5) == "spine" ? up : down) += link.bandwidth.bytes_per_second();
  }
  EXPECT_NEAR(static_cast<double>(down) / static_cast<double>(up), 3, 1e-9);
}

TEST(BuildTopologyTest, ChipsShareNicsAndNicsOfOneChipAreOneVertex) {
  SystemSpec system = SwitchedSystem();
  system.scale_out->nics_per_node = 4;
  auto topology = Built(system, 2);
  EXPECT_THAT(
      RouteNames(*topology, 3, 8),
      testing::ElementsAre("node0/nic1", "leaf1", "spine1", "leaf0", "node1/nic0", "node1/chip0"));
  system.scale_out->nics_per_node = 16;
  topology = Built(system, 2);
  const auto route = topology->Route(0, 8);
  ASSERT_EQ(route.size(), 4U);
  EXPECT_EQ(topology->links()[static_cast<size_t>(route[1])].bandwidth,
            Bandwidth::GigabitsPerSecond(800));
}

TEST(BuildTopologyTest, FullMeshSharesTheLinksOfAChipOverItsPeers) {
  SystemSpec system = DirectSystem(ScaleUpTopology::kFullMesh, {}, 5);
  EXPECT_EQ(LinkBetween(*Built(system, 1), 0, 4).bandwidth, Bandwidth::GigabytesPerSecond(25));
  system.chips_per_node = 3;
  EXPECT_EQ(LinkBetween(*Built(system, 1), 0, 2).bandwidth, Bandwidth::GigabytesPerSecond(50));
  system.scale_up_bandwidth = Bandwidth::GigabytesPerSecond(448);
  system.chips_per_node = 8;
  EXPECT_EQ(LinkBetween(*Built(system, 1), 0, 4).bandwidth, Bandwidth::GigabytesPerSecond(64));
}

TEST(BuildTopologyTest, MeshWithGivenBandwidthCountsTheMostNeighboursOfAChip) {
  SystemSpec system = DirectSystem(ScaleUpTopology::kMesh2d, {2, 4}, 8);
  system.scale_up_bandwidth = Bandwidth::GigabytesPerSecond(36);
  const auto topology = Built(system, 1);
  EXPECT_EQ(topology->links().size(), 20U);
  EXPECT_EQ(LinkBetween(*topology, 0, 2).bandwidth, Bandwidth::GigabytesPerSecond(12));
}

TEST(BuildTopologyTest, TorusTakesTheShorterWayRoundEachDimensionInOrder) {
  const auto topology = Built(DirectSystem(ScaleUpTopology::kTorus2d, {4, 4}, 16), 1);
  EXPECT_EQ(topology->links().size(), 64U);
  EXPECT_THAT(RouteNames(*topology, 0, 15), testing::ElementsAre("node0/chip3", "node0/chip15"));
  EXPECT_EQ(topology->RouteLatency(0, 10), Duration(4'000'000));
  EXPECT_EQ(LinkBetween(*topology, 0, 12).bandwidth, Bandwidth::GigabytesPerSecond(25));
}

TEST(BuildTopologyTest, RoutesStartAndEndWhereAskedAndFollowLinks) {
  for (const auto& system :
       {SwitchedSystem(), DirectSystem(ScaleUpTopology::kTorus3d, {2, 3, 4}, 24),
        DirectSystem(ScaleUpTopology::kRing, {}, 6), DirectSystem(ScaleUpTopology::kLine, {}, 2),
        DirectSystem(ScaleUpTopology::kHybridCubeMesh, {}, 8),
        DirectSystem(ScaleUpTopology::kDragonfly, {}, 64),
        DirectSystem(ScaleUpTopology::kPair, {}, 2), DirectSystem(ScaleUpTopology::kPcie, {}, 4)}) {
    const auto topology = Built(system, system.scale_out.has_value() ? 6 : 1);
    ExpectRoutesLead(*topology);
  }
}

TEST(BuildTopologyTest, ShapeThatIsNotGivenIsTheMostEvenOne) {
  const auto topology = Built(DirectSystem(ScaleUpTopology::kTorus3d, {}, 48), 1);
  // 3 x 4 x 4 with 6 links a chip.
  EXPECT_EQ(topology->links().size(), 48U * 6);
}

TEST(BuildTopologyTest, ErrorsSayWhatIsUnknownAndWhatWouldDo) {
  SystemSpec system = SwitchedSystem();
  system.scale_up_link->latency.reset();
  EXPECT_THAT(BuildTopology(system, 1, 8),
              FailsWith("system \"switched\": the scale-up latency is unknown; give a "
                        "scale_up_link with a latency"));
  system = SwitchedSystem();
  system.scale_out.reset();
  EXPECT_THAT(BuildTopology(system, 2, 16),
              FailsWith("system \"switched\": the network between nodes is unknown; give "
                        "scale_out, or one node"));
  system = SwitchedSystem();
  system.scale_out->link.endpoint_latency.reset();
  EXPECT_THAT(BuildTopology(system, 2, 16),
              FailsWith("system \"switched\": the latency of scale-out link \"infiniband\" is "
                        "unknown; give its latency or endpoint_latency"));
  EXPECT_THAT(BuildTopology(SwitchedSystem(), 1, 9),
              FailsWith("system \"switched\": 9 chips asked for, 1 nodes of 8 have 8; give 1 to "
                        "8"));
  EXPECT_THAT(BuildTopology(DirectSystem(ScaleUpTopology::kTorus2d, {4, 3}, 16), 1, 16),
              FailsWith("system \"direct\": shape [4, 3] does not give 16 chips in at most 2 "
                        "dimensions"));
  EXPECT_THAT(BuildTopology(DirectSystem(ScaleUpTopology::kPair, {}, 3), 1, 3),
              FailsWith("system \"direct\": chips_per_node is 3; this scale-up topology has 2"));
  EXPECT_THAT(BuildTopology(DirectSystem(ScaleUpTopology::kSingle, {}, 3), 1, 3),
              FailsWith("system \"direct\": 3 chips in a node without scale-up links; give a "
                        "scale_up topology or chips_per_node: 1"));
}

}  // namespace
}  // namespace tessera
