#include "topology/hyperx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/topology/routes.h"
#include "topology/analysis.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabytesPerSecond(1), Duration(100), Tier::kScaleOut};

// net-hyperx
TEST(HyperXTest, NetHyperx) {
  const HyperXParams params = {
      .extents = {8, 8}, .hosts_per_switch = 8, .host_link = kLink, .link = kLink};
  EXPECT_EQ(params.radix(), 22);
  const auto hyperx = MakeHyperX(params);
  EXPECT_EQ(hyperx->chips(), 512);
  EXPECT_EQ(BisectionBandwidth(*hyperx), Bandwidth::GigabytesPerSecond(128));
}

TEST(HyperXTest, RoutesPassOneLinkPerDimension) {
  const auto hyperx =
      MakeHyperX({.extents = {3, 2, 2}, .hosts_per_switch = 2, .host_link = kLink, .link = kLink});
  ExpectRoutesLead(*hyperx);
  EXPECT_THAT(RouteNames(*hyperx, 0, 23),
              testing::ElementsAre("switch0", "switch2", "switch5", "switch11", "host23"));
}

}  // namespace
}  // namespace tessera
