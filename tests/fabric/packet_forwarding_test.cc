#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fabric/packet/forwarding.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};

TEST(ForwardingTest, PathNumbersNameEveryShortestWayOfAFatTreeOnce) {
  const auto topology = MakeFatTree({.k = 8, .link = kLink, .spread = {}});
  const Forwarding forwarding(*topology);
  EXPECT_EQ(forwarding.Paths(0, 1), 1);  // On one edge switch.
  EXPECT_EQ(forwarding.Paths(0, 5), 4);  // In one pod.
  EXPECT_EQ(forwarding.Paths(0, 127), 16);
  std::set<std::vector<LinkId>> routes;
  for (uint32_t path = 0; path < 16; ++path) {
    const std::vector<LinkId> route = forwarding.Route(0, 127, path);
    EXPECT_EQ(route.size(), 6U);
    routes.insert(route);
  }
  EXPECT_EQ(routes.size(), 16U);
}

TEST(ForwardingTest, PathsOfALeafSpineAreItsSpinesInOrder) {
  const auto topology = MakeLeafSpine({.leaves = 2,
                                       .hosts_per_leaf = 2,
                                       .spines = 3,
                                       .host_link = kLink,
                                       .uplink = kLink,
                                       .spread = {}});
  const Forwarding forwarding(*topology);
  for (uint32_t path = 0; path < 3; ++path) {
    const std::vector<LinkId> route = forwarding.Route(0, 3, path);
    ASSERT_EQ(route.size(), 4U);
    EXPECT_EQ(topology->LinkName(route[1]), "leaf0 -> spine" + std::to_string(path));
  }
}

TEST(ForwardingTest, HostsAreNotPassed) {
  const auto line = MakeGrid({.extents = {3}, .links = {kLink}});
  const Forwarding forwarding(*line);
  EXPECT_EQ(forwarding.Paths(0, 1), 1);
  EXPECT_EQ(forwarding.Paths(0, 2), 0);
  EXPECT_THAT(forwarding.Route(0, 2, 0), testing::IsEmpty());
}

}  // namespace
}  // namespace tessera
