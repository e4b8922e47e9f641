#include "topology/ugal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "topology/dragonfly.h"
#include "topology/hyperx.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};

DragonflyParams Dragonfly(DragonflyParams::Routing routing) {
  return {.hosts_per_router = 2,
          .routers_per_group = 4,
          .global_links_per_router = 2,
          .host_link = kLink,
          .local_link = kLink,
          .global_link = kLink,
          .routing = routing,
          .seed = 5};
}

HyperXParams HyperX(HyperXParams::Routing routing) {
  return {.extents = {4, 4},
          .hosts_per_switch = 4,
          .host_link = kLink,
          .link = kLink,
          .routing = routing,
          .seed = 5};
}

// Flows on the fullest link.
int MostFlows(const Topology& topology, const std::vector<Demand>& demand) {
  std::vector<int> flows(topology.links().size(), 0);
  for (const Demand& d : demand) {
    for (const LinkId link : topology.Route(d.source, d.target)) ++flows[static_cast<size_t>(link)];
  }
  return *std::max_element(flows.begin(), flows.end());
}

// Every host sends to the one so many hosts further.
std::vector<Demand> Shift(int hosts, int distance) {
  std::vector<Demand> demand;
  for (int h = 0; h < hosts; ++h) {
    demand.push_back({.source = h, .target = (h + distance) % hosts, .bytes = Bytes(1'000'000)});
  }
  return demand;
}

std::vector<Demand> AllToAll(int hosts) {
  std::vector<Demand> demand;
  for (int distance = 1; distance < hosts; ++distance) {
    for (const Demand& d : Shift(hosts, distance)) demand.push_back(d);
  }
  return demand;
}

struct Most {
  int minimal = 0;
  int valiant = 0;
  int ugal = 0;
};

Most OfDragonfly(const std::vector<Demand>& demand) {
  using Routing = DragonflyParams::Routing;
  const auto minimal = MakeDragonfly(Dragonfly(Routing::kMinimal));
  const auto valiant = MakeDragonfly(Dragonfly(Routing::kValiant));
  const auto ugal = MakeDragonfly(Dragonfly(Routing::kMinimal));
  ugal->SetRoutes(MakeUgalRoutes(*ugal,
                                 {.minimal = MakeDragonflyRoutes(Dragonfly(Routing::kMinimal)),
                                  .detour = MakeDragonflyRoutes(Dragonfly(Routing::kValiant))},
                                 demand));
  return {MostFlows(*minimal, demand), MostFlows(*valiant, demand), MostFlows(*ugal, demand)};
}

Most OfHyperX(const std::vector<Demand>& demand) {
  using Routing = HyperXParams::Routing;
  const auto minimal = MakeHyperX(HyperX(Routing::kDimensionOrder));
  const auto valiant = MakeHyperX(HyperX(Routing::kValiant));
  const auto ugal = MakeHyperX(HyperX(Routing::kDimensionOrder));
  ugal->SetRoutes(MakeUgalRoutes(*ugal,
                                 {.minimal = MakeHyperXRoutes(HyperX(Routing::kDimensionOrder)),
                                  .detour = MakeHyperXRoutes(HyperX(Routing::kValiant))},
                                 demand));
  return {MostFlows(*minimal, demand), MostFlows(*valiant, demand), MostFlows(*ugal, demand)};
}

// All hosts of a group send to the next group: minimal routes share its one link. On the HyperX all
// hosts of a switch send to the next switch.
TEST(UgalTest, AdversarialTrafficTakesDetours) {
  const Most dragonfly = OfDragonfly(Shift(72, 8));
  EXPECT_EQ(dragonfly.minimal, 8);
  EXPECT_LT(dragonfly.valiant, 8);
  EXPECT_LT(dragonfly.ugal, 8);
  const Most hyperx = OfHyperX(Shift(64, 4));
  EXPECT_EQ(hyperx.minimal, 4);
  EXPECT_LE(hyperx.ugal, 4);
}

TEST(UgalTest, UniformTrafficGoesTheMinimalWay) {
  const Most dragonfly = OfDragonfly(AllToAll(72));
  EXPECT_LT(dragonfly.ugal, dragonfly.valiant);
  EXPECT_LE(dragonfly.ugal, dragonfly.minimal);
  const Most hyperx = OfHyperX(AllToAll(64));
  EXPECT_LT(hyperx.ugal, hyperx.valiant);
  EXPECT_LE(hyperx.ugal, hyperx.minimal);
}

TEST(UgalTest, WhatIsNotInTheDemandGoesTheMinimalWay) {
  using Routing = HyperXParams::Routing;
  const auto minimal = MakeHyperX(HyperX(Routing::kDimensionOrder));
  const auto ugal = MakeHyperX(HyperX(Routing::kDimensionOrder));
  ugal->SetRoutes(MakeUgalRoutes(*ugal,
                                 {.minimal = MakeHyperXRoutes(HyperX(Routing::kDimensionOrder)),
                                  .detour = MakeHyperXRoutes(HyperX(Routing::kValiant))},
                                 {}));
  for (VertexId to = 1; to < 64; ++to) EXPECT_EQ(ugal->Route(0, to), minimal->Route(0, to));
}

}  // namespace
}  // namespace tessera
