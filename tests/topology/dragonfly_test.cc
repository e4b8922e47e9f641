#include "topology/dragonfly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/topology/routes.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabytesPerSecond(25), Duration(100), Tier::kScaleOut};

DragonflyParams Params(int p, int a, int h) {
  return {.hosts_per_router = p,
          .routers_per_group = a,
          .global_links_per_router = h,
          .host_link = kLink,
          .local_link = kLink,
          .global_link = kLink};
}

// net-dragonfly
TEST(DragonflyTest, NetDragonfly) {
  const DragonflyParams params = Params(4, 8, 4);
  EXPECT_EQ(params.groups(), 33);
  EXPECT_EQ(params.radix(), 15);
  const auto dragonfly = MakeDragonfly(params);
  EXPECT_EQ(dragonfly->chips(), 1056);
  const VertexId router = dragonfly->chips();
  const auto [first, last] = dragonfly->LinksFrom(router);
  EXPECT_EQ(last - first, 15);
}

TEST(DragonflyTest, MinimalRoutesPassAtMostThreeRouterLinks) {
  const auto dragonfly = MakeDragonfly(Params(2, 4, 2));
  ExpectRoutesLead(*dragonfly);
  size_t longest = 0;
  for (ChipId chip = 0; chip < dragonfly->chips(); ++chip) {
    longest = std::max(longest, dragonfly->Route(0, chip).size());
  }
  EXPECT_EQ(longest, 5U);  // Two host links and three between routers.
}

TEST(DragonflyTest, ValiantRoutesSpreadTheTrafficOfOneGroupOverMany) {
  DragonflyParams params = Params(2, 4, 2);
  const auto links_used = [&] {
    const auto dragonfly = MakeDragonfly(params);
    ExpectRoutesLead(*dragonfly);
    std::set<LinkId> used;
    for (ChipId chip = 0; chip < 8; ++chip) {
      for (const LinkId link : dragonfly->Route(chip, chip + 8)) used.insert(link);
    }
    return used.size();
  };
  const size_t minimal = links_used();
  params.routing = DragonflyParams::Routing::kValiant;
  EXPECT_GT(links_used(), minimal + 8);
}

}  // namespace
}  // namespace tessera
