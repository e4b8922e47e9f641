#include "topology/clos.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/topology/routes.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};

// Flows on each link when every host sends to every other one.
std::map<LinkId, int> FlowsOfAllToAll(const Topology& topology) {
  std::map<LinkId, int> flows;
  for (ChipId a = 0; a < topology.chips(); ++a) {
    for (ChipId b = 0; b < topology.chips(); ++b) {
      for (const LinkId link : topology.Route(a, b)) ++flows[link];
    }
  }
  return flows;
}

int MostFlows(const Topology& topology) {
  int most = 0;
  for (const auto& [link, count] : FlowsOfAllToAll(topology)) most = std::max(most, count);
  return most;
}

LeafSpineParams FourByFour() {
  return {.leaves = 4,
          .hosts_per_leaf = 4,
          .spines = 4,
          .host_link = kLink,
          .uplink = kLink,
          .spread = {}};
}

TEST(LeafSpineTest, DestinationModuloSpreadsAllToAllEvenly) {
  const auto topology = MakeLeafSpine(FourByFour());
  ExpectRoutesLead(*topology);
  EXPECT_EQ(topology->links().size(), 2U * (16 + 16));
  EXPECT_EQ(MostFlows(*topology), 15);  // The host links; uplinks carry 4 * 3.
  EXPECT_THAT(RouteNames(*topology, 0, 7),
              testing::ElementsAre("leaf0", "spine3", "leaf1", "host7"));
}

TEST(LeafSpineTest, HashesCollideTheSameWayEveryTime) {
  LeafSpineParams params = FourByFour();
  params.spread = {.kind = SpreadRule::Kind::kHash, .seed = 1};
  const auto hashed = MakeLeafSpine(params);
  ExpectRoutesLead(*hashed);
  EXPECT_GT(MostFlows(*hashed), 15);
  EXPECT_EQ(FlowsOfAllToAll(*hashed), FlowsOfAllToAll(*MakeLeafSpine(params)));
  params.spread.seed = 2;
  EXPECT_NE(FlowsOfAllToAll(*hashed), FlowsOfAllToAll(*MakeLeafSpine(params)));
}

TEST(FatTreeTest, RoutesGoUpOnlyAsFarAsTheyMust) {
  const auto tree = MakeFatTree({.k = 4, .link = kLink, .spread = {}});
  ExpectRoutesLead(*tree);
  EXPECT_EQ(tree->chips(), 16);
  EXPECT_EQ(tree->Route(0, 1).size(), 2U);
  EXPECT_EQ(tree->Route(0, 2).size(), 4U);
  EXPECT_EQ(tree->Route(0, 15).size(), 6U);
  EXPECT_EQ(MostFlows(*tree), 15);  // Full bisection: nothing is fuller than the host links.
}

TEST(FatTreeTest, OversubscriptionSlowsTheUplinks) {
  const auto tree = MakeFatTree({.k = 4, .link = kLink, .oversubscription = 2, .spread = {}});
  const auto route = tree->Route(0, 15);
  EXPECT_EQ(tree->links()[static_cast<size_t>(route[0])].bandwidth,
            Bandwidth::GigabitsPerSecond(100));
  EXPECT_EQ(tree->links()[static_cast<size_t>(route[1])].bandwidth,
            Bandwidth::GigabitsPerSecond(50));
}

}  // namespace
}  // namespace tessera
