#include "topology/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/topology/routes.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

using testing::ElementsAre;

constexpr LinkKind kUp = {Bandwidth::GigabytesPerSecond(400), Duration(500'000), Tier::kScaleUp};
constexpr LinkKind kDies = {Bandwidth::GigabytesPerSecond(1000), Duration(10'000), Tier::kDieToDie};
constexpr LinkKind kTiles = {Bandwidth::GigabytesPerSecond(64), Duration(1'000), Tier::kNoc};

UnitParams Dies(std::vector<int> extents, int homes, int ports = 1) {
  return {
      .name = "die", .extents = std::move(extents), .link = kDies, .homes = homes, .ports = ports};
}

Bandwidth RateInto(const Topology& topology, VertexId vertex, Tier tier) {
  int64_t sum = 0;
  for (const LinkId link : topology.LinksInto(vertex)) {
    const Link& l = topology.links()[static_cast<size_t>(link)];
    if (l.tier == tier) sum += l.bandwidth.bytes_per_second();
  }
  return Bandwidth::BytesPerSecond(sum);
}

TEST(ExpandTest, DiesTakeTheRanksAndTheLinksOfTheirChip) {
  const auto pair = Expand(MakeCrossbar(3, kUp), Dies({2}, 2, 2));
  ASSERT_EQ(pair->chips(), 6);
  EXPECT_EQ(pair->chips_per_node(), 6);
  ExpectRoutesLead(*pair);
  EXPECT_THAT(RouteNames(*pair, 0, 1), ElementsAre("host0/die1"));
  // Each die has half of the link to the switch and sends over its own.
  EXPECT_THAT(RouteNames(*pair, 1, 3), ElementsAre("switch", "host1/die1"));
  EXPECT_EQ(RateInto(*pair, 3, Tier::kScaleUp), Bandwidth::GigabytesPerSecond(200));
  EXPECT_EQ(RateInto(*pair, 3, Tier::kDieToDie), Bandwidth::GigabytesPerSecond(1000));
}

// One link, at one die: the other one is a hop away (NUMA).
TEST(ExpandTest, ADieWithoutALinkGoesThroughItsNeighbour) {
  const auto pair = Expand(MakeCrossbar(2, kUp), Dies({2}, 2));
  EXPECT_THAT(RouteNames(*pair, 1, 3),
              ElementsAre("host0/die0", "switch", "host1/die0", "host1/die1"));
  EXPECT_EQ(RateInto(*pair, 0, Tier::kScaleUp), Bandwidth::GigabytesPerSecond(400));
  EXPECT_EQ(RateInto(*pair, 1, Tier::kScaleUp), Bandwidth());
}

// Links of a grid of chips meet the chips at the edges of their dimension.
TEST(ExpandTest, AGridOfChipsBecomesAGridOfTheirTiles) {
  const UnitParams tiles = {
      .name = "tile", .extents = {2, 2}, .link = kTiles, .homes = 4, .ports = 2};
  const auto grid = Expand(MakeGrid({.extents = {3, 2}, .links = {kUp}}), tiles);
  ASSERT_EQ(grid->chips(), 24);
  ExpectRoutesLead(*grid);
  EXPECT_THAT(
      RouteNames(*grid, 0, 4 * 2 + 1),
      ElementsAre("chip0/tile1", "chip1/tile0", "chip1/tile1", "chip2/tile0", "chip2/tile1"));
  EXPECT_THAT(RouteNames(*grid, 2, 4 * 3),
              ElementsAre("chip3/tile0"));  // Over the upper edge of the second dimension.
}

TEST(ExpandTest, HomesAreTheEndsOfTrafficAndOthersPassItOn) {
  const auto pair = Expand(MakeFullMesh(2, kUp), Dies({4}, 2));
  ASSERT_EQ(pair->chips(), 4);
  EXPECT_EQ(pair->vertices().size(), 8U);
  ExpectRoutesLead(*pair);
  EXPECT_THAT(RouteNames(*pair, 0, 1), ElementsAre("chip0/die1", "chip0/die2"));
  EXPECT_EQ(pair->vertices()[4].kind, VertexKind::kSwitch);
  EXPECT_EQ(pair->vertices()[4].name, "chip0/die1");
  EXPECT_EQ(pair->vertices()[4].node, 0);
}

// Tiles of dies of chips on leaves and spines: a route crosses all four tiers, and in a chip's own
// tiles and dies only those on its way.
TEST(ExpandTest, TwiceExpandedRoutesCrossFourTiers) {
  auto cluster =
      MakeFatTree({.k = 4, .link = {kUp.bandwidth, kUp.latency, Tier::kScaleOut}, .spread = {}});
  auto dies = Expand(std::move(cluster), Dies({2}, 2));
  const auto tiles = Expand(
      std::move(dies), {.name = "tile", .extents = {3, 3}, .link = kTiles, .homes = 9, .ports = 3});
  ASSERT_EQ(tiles->chips(), 16 * 2 * 9);
  for (const VertexId target : {1, 17, 20, 143, 287}) {
    VertexId at = 0;
    std::set<Tier> tiers;
    for (const LinkId link : tiles->Route(0, target)) {
      const Link& l = tiles->links()[static_cast<size_t>(link)];
      ASSERT_EQ(l.source, at);
      at = l.target;
      tiers.insert(l.tier);
    }
    EXPECT_EQ(at, target);
    EXPECT_EQ(tiers.contains(Tier::kScaleOut), target >= 18);
  }
  const absl::Span<const LinkId> far = tiles->Route(9 + 4, 287);
  std::set<Tier> tiers;
  for (const LinkId link : far) tiers.insert(tiles->links()[static_cast<size_t>(link)].tier);
  EXPECT_THAT(tiers, ElementsAre(Tier::kNoc, Tier::kDieToDie, Tier::kScaleOut));
}

}  // namespace
}  // namespace tessera
