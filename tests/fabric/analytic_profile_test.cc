// The analytic model against closed forms, and its law: never later than the fluid one.
#include "fabric/analytic_profile.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/random.h"
#include "tests/fabric/exchange.h"
#include "topology/clos.h"
#include "topology/grid.h"

namespace tessera {
namespace {

constexpr LinkKind kLink = {Bandwidth::GigabytesPerSecond(50), Duration(500'000), Tier::kScaleUp};

Duration EndOf(const Profile& profile) { return profile.groups.back().at; }

struct Both {
  Duration analytic{};
  Duration fluid{};
};

Both RunBoth(const Schedule& schedule, const Topology& topology, const TransferCosts& costs) {
  const PreparedSchedule prepared(schedule);
  std::vector<VertexId> chips(static_cast<size_t>(schedule.ranks));
  std::iota(chips.begin(), chips.end(), 0);
  const Placement placement(prepared, topology, chips);
  const Profile analytic = MakeAnalyticProfile(placement, costs);
  const Profile fluid = MakeProfile(placement, costs);
  for (size_t l = 0; l < fluid.use.size(); ++l) {
    EXPECT_EQ(analytic.use[l].bytes, fluid.use[l].bytes);
    EXPECT_LE(analytic.use[l].busy, EndOf(analytic));
  }
  return {EndOf(analytic), EndOf(fluid)};
}

TEST(AnalyticProfileTest, OneTransferTakesLatenciesAndBytesOverTheSlowestLink) {
  const auto star = Star(2, Bandwidth::GigabytesPerSecond(50), Duration(500'000));
  const Schedule schedule = MakeSchedule(2, {{.source = 0, .target = 1, .bytes = 1'000'000}});
  const Both both = RunBoth(schedule, *star, {.per_transfer_scale_up = Duration(700'000)});
  EXPECT_EQ(both.analytic, Duration(20'000'000 + 2 * 500'000 + 700'000));
  EXPECT_EQ(both.fluid, both.analytic);
}

TEST(AnalyticProfileTest, StretchedBytesKeepLinksBusyForLongerAndAreNoMore) {
  const auto star = Star(2, Bandwidth::GigabytesPerSecond(50), Duration(500'000));
  const Schedule schedule = MakeSchedule(2, {{.source = 0, .target = 1, .bytes = 1'000'000}});
  const TransferCosts costs = {.scale_up_stretch = 1536, .scale_out_stretch = 4096};
  const Both both = RunBoth(schedule, *star, costs);
  EXPECT_EQ(both.analytic, Duration(30'000'000 + 2 * 500'000));
  EXPECT_EQ(both.fluid, both.analytic);
}

// Where nobody shares a link both models agree but for rounding, one picosecond a step.
TEST(AnalyticProfileTest, RingWithoutContentionAgreesWithFluid) {
  const auto ring = MakeGrid({.extents = {8}, .links = {kLink}, .wraps = true});
  const Both both = RunBoth(RingSchedule(8, 999'983, 14), *ring, {});
  EXPECT_LE(both.analytic, both.fluid);
  EXPECT_NEAR(static_cast<double>(both.analytic.count()), static_cast<double>(both.fluid.count()),
              14);
}

// Seven senders into one port: each alone would take a seventh, but the port bounds the run.
TEST(AnalyticProfileTest, IncastIsHeldToItsPort) {
  const auto star = Star(8, Bandwidth::GigabytesPerSecond(50), Duration(500'000));
  std::vector<TestTransfer> transfers;
  for (int s = 1; s < 8; ++s) transfers.push_back({.source = s, .target = 0, .bytes = 1'000'000});
  const Both both = RunBoth(MakeSchedule(8, transfers), *star, {});
  EXPECT_EQ(both.analytic, Duration(7 * 20'000'000));
  EXPECT_EQ(both.fluid, Duration(7 * 20'000'000 + 2 * 500'000));
}

// Thirty among twelve ranks; half of the later ones wait for one before.
std::vector<TestTransfer> RandomTransfers(RandomStream& random) {
  std::vector<TestTransfer> transfers;
  for (int32_t t = 0; t < 30; ++t) {
    TestTransfer& transfer = transfers.emplace_back();
    transfer.source = static_cast<int>(random.Below(12));
    transfer.target = static_cast<int>(random.Below(12));
    transfer.bytes = static_cast<int64_t>(random.Below(2'000'000));
    if (t <= 5 || !random.Bernoulli(0.5)) continue;
    transfer.after.push_back(static_cast<int32_t>(random.Below(static_cast<uint64_t>(t))));
  }
  return transfers;
}

TEST(AnalyticProfileTest, IsNeverLaterThanFluid) {
  std::vector<std::unique_ptr<Topology>> topologies;
  topologies.push_back(MakeGrid({.extents = {3, 4}, .links = {kLink}, .wraps = true}));
  topologies.push_back(MakeLeafSpine({.leaves = 3,
                                      .hosts_per_leaf = 4,
                                      .spines = 2,
                                      .host_link = kLink,
                                      .uplink = kLink,
                                      .spread = {.kind = SpreadRule::Kind::kSpray}}));
  for (const auto& topology : topologies) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed);
      RandomStream random({.run_seed = seed});
      const Schedule schedule = MakeSchedule(12, RandomTransfers(random));
      const Both both = RunBoth(schedule, *topology, {.start = Duration(1000)});
      // Fluid transfers end up to 1/1024 ps early, and are rounded once where there may be 30.
      ASSERT_LE(both.analytic, both.fluid + Duration(30));
    }
  }
}

}  // namespace
}  // namespace tessera
