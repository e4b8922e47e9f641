// Traffic laid on several ways at once: packet spraying and ECMP with several queue pairs.
#include "topology/spread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/status_matchers.h"
#include "tests/topology/systems.h"
#include "topology/build.h"
#include "topology/clos.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};

LeafSpineParams Planes(SpreadRule spread) {
  return {.leaves = 4,
          .hosts_per_leaf = 2,
          .spines = 3,
          .planes = 2,
          .host_link = kLink,
          .uplink = kLink,
          .spread = spread};
}

// Shares of every link that traffic between two vertices takes, by the link's name.
std::map<std::string, int> Shares(const Topology& topology, VertexId from, VertexId to) {
  std::map<std::string, int> shares;
  const Topology::Spread spread = topology.SpreadOf(from, to);
  for (size_t i = 0; i < spread.links.size(); ++i) {
    shares[topology.LinkName(spread.links[i])] = spread.coefficients[i];
  }
  return shares;
}

TEST(SpreadTest, SprayingTakesAnEqualPartOfEveryWay) {
  const auto topology = MakeLeafSpine(Planes({.kind = SpreadRule::Kind::kSpray}));
  EXPECT_EQ(topology->ways(), 6);
  const std::map<std::string, int> shares = Shares(*topology, 0, 7);
  // Both planes' host links at either end, and a link to and from each of six spines.
  EXPECT_EQ(shares.size(), 4 + 12);
  EXPECT_EQ(shares.at("host0 -> plane0/leaf0"), 3);
  EXPECT_EQ(shares.at("plane0/leaf0 -> plane0/spine2"), 1);
  EXPECT_EQ(shares.at("plane1/spine1 -> plane1/leaf3"), 1);
  EXPECT_EQ(shares.at("plane1/leaf3 -> host7"), 3);
  // Under one leaf there is one way in each plane.
  EXPECT_EQ(Shares(*topology, 0, 1).size(), 4);
}

TEST(SpreadTest, FatTreeSpraysOverAllCores) {
  const auto topology =
      MakeFatTree({.k = 4, .link = kLink, .spread = {.kind = SpreadRule::Kind::kSpray}});
  EXPECT_EQ(topology->ways(), 4);
  const std::map<std::string, int> shares = Shares(*topology, 0, 15);
  EXPECT_EQ(shares.at("host0 -> edge0"), 4);
  EXPECT_EQ(shares.at("edge0 -> aggregation0"), 2);
  EXPECT_EQ(shares.at("aggregation0 -> core1"), 1);
  EXPECT_EQ(shares.at("core1 -> aggregation6"), 1);
  EXPECT_EQ(shares.at("edge7 -> host15"), 4);
}

TEST(SpreadTest, QueuePairsHashOnTheirOwnAndTheFirstAsBefore) {
  const SpreadRule one = {.kind = SpreadRule::Kind::kHash, .seed = 3};
  const SpreadRule four = {.kind = SpreadRule::Kind::kHash, .seed = 3, .queue_pairs = 4};
  const auto single = MakeLeafSpine(Planes(one));
  const auto several = MakeLeafSpine(Planes(four));
  EXPECT_EQ(single->ways(), 1);
  EXPECT_EQ(several->ways(), 4);
  int sums = 0;
  bool differ = false;
  for (VertexId to = 2; to < 8; ++to) {
    int into_target = 0;
    for (const auto& [name, shares] : Shares(*several, 0, to)) {
      if (name.find("-> host") != std::string::npos) into_target += shares;
    }
    sums += into_target;
    const absl::Span<const LinkId> before = single->Route(0, to);
    for (const LinkId link : before) {
      EXPECT_GE(Shares(*several, 0, to)[single->LinkName(link)], 1);
    }
    differ = differ || Shares(*several, 0, to).size() > before.size();
  }
  EXPECT_EQ(sums, 6 * 4);
  EXPECT_TRUE(differ);
}

TEST(SpreadTest, MachinesSprayBetweenLeavesOnly) {
  const auto machine =
      BuildTopology(SwitchedSystem(), 8, 64, {.spread = {.kind = SpreadRule::Kind::kSpray}});
  ASSERT_THAT(machine, IsOk());
  EXPECT_EQ((*machine)->ways(), 4);
  EXPECT_THAT(Shares(**machine, 0, 1),
              testing::UnorderedElementsAre(testing::Pair("node0/chip0 -> node0/switch", 1),
                                            testing::Pair("node0/switch -> node0/chip1", 1)));
  const std::map<std::string, int> far = Shares(**machine, 0, 32);
  EXPECT_EQ(far.at("node0/chip0 -> node0/nic0"), 4);
  EXPECT_EQ(far.at("leaf0 -> spine3"), 1);
}

TEST(SpreadTest, CrossRailTrafficIsForwardedInTheNode) {
  const auto over_spines = BuildTopology(SwitchedSystem(), 8, 64);
  ASSERT_THAT(over_spines, IsOk());
  const auto forwarded = BuildTopology(SwitchedSystem(), 8, 64, {.cross_rail_forwarding = true});
  ASSERT_THAT(forwarded, IsOk());
  const auto names = [](const Topology& topology, VertexId from, VertexId to) {
    std::vector<std::string> passed;
    for (const LinkId link : topology.Route(from, to)) {
      const VertexId at = topology.links()[static_cast<size_t>(link)].target;
      passed.push_back(topology.vertices()[static_cast<size_t>(at)].name);
    }
    return passed;
  };
  // Chip 0 of node 0 to chip 3 of node 1, which is on rail 3 under the same group of leaves.
  EXPECT_THAT(
      names(**over_spines, 0, 11),
      testing::ElementsAre("node0/nic0", "leaf0", "spine1", "leaf3", "node1/nic3", "node1/chip3"));
  EXPECT_THAT(names(**forwarded, 0, 11),
              testing::ElementsAre("node0/switch", "node0/chip3", "node0/nic3", "leaf3",
                                   "node1/nic3", "node1/chip3"));
  EXPECT_EQ(names(**forwarded, 0, 8), names(**over_spines, 0, 8));
}

}  // namespace
}  // namespace tessera
