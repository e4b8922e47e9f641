#include "topology/grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/topology/routes.h"

namespace tessera {
namespace {

constexpr LinkKind kFast = {Bandwidth::GigabytesPerSecond(10), Duration(10), Tier::kNoc};
constexpr LinkKind kSlow = {Bandwidth::GigabytesPerSecond(1), Duration(20), Tier::kNoc};

TEST(GridTest, MeshHasNoWayRoundAndTorusHas) {
  const auto mesh = MakeGrid({.extents = {4, 3}, .links = {kFast}});
  const auto torus = MakeGrid({.extents = {4, 3}, .links = {kFast}, .wraps = true});
  EXPECT_EQ(mesh->links().size(), 2U * (3 * 3 + 4 * 2));
  EXPECT_EQ(torus->links().size(), 2U * (12 + 12));
  EXPECT_EQ(mesh->Route(0, 11).size(), 5U);
  EXPECT_EQ(torus->Route(0, 11).size(), 2U);
  ExpectRoutesLead(*mesh);
  ExpectRoutesLead(*torus);
}

TEST(GridTest, RoutesFinishOneDimensionBeforeTheNextAndTiesGoUp) {
  const auto torus = MakeGrid({.extents = {4, 4}, .links = {kFast}, .wraps = true});
  EXPECT_THAT(RouteNames(*torus, 0, 10), testing::ElementsAre("chip1", "chip2", "chip6", "chip10"));
}

TEST(GridTest, DimensionsMayHaveLinksOfTheirOwn) {
  const auto grid = MakeGrid({.extents = {2, 2}, .links = {kFast, kSlow}, .wraps = true});
  EXPECT_EQ(grid->links().size(), 8U);
  EXPECT_EQ(grid->RouteLatency(0, 1), Duration(10));
  EXPECT_EQ(grid->RouteLatency(0, 2), Duration(20));
}

TEST(GridTest, CrossbarAndFullMeshJoinAllPairs) {
  const auto crossbar = MakeCrossbar(5, kFast);
  ExpectRoutesLead(*crossbar);
  EXPECT_EQ(crossbar->Route(0, 5).size(), 1U);
  EXPECT_EQ(crossbar->Route(0, 4).size(), 2U);
  const auto mesh = MakeFullMesh(5, kFast);
  ExpectRoutesLead(*mesh);
  EXPECT_EQ(mesh->links().size(), 20U);
}

}  // namespace
}  // namespace tessera
