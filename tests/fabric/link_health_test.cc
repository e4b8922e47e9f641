#include "fabric/link_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "fabric/fabric.h"
#include "fabric/max_min_solver.h"
#include "tests/fabric/exchange.h"
#include "tests/fabric/progressive_filling.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr int64_t kGigabyte = 1'000'000'000;

Duration Milliseconds(int64_t n) { return Duration(n * 1'000'000'000); }

// Four hosts under each of two spines: two ways between any two, by destination modulo two.
class LinkHealthTest : public testing::Test {
 protected:
  LinkHealthTest() {
    TopologyBuilder builder;
    builder.AddChips(4, "host", TopologyBuilder::Nodes::kOneEach);
    const VertexId spines = builder.AddSwitches(2, "spine");
    for (int host = 0; host < 4; ++host) {
      for (int spine = 0; spine < 2; ++spine) {
        builder.AddCable(host, spines + spine, {.bandwidth = Bandwidth::GigabytesPerSecond(1)});
      }
    }
    topology_ = std::move(builder).BuildConnected({});
  }

  LinkId Link(const std::string& name) const {
    for (size_t l = 0; l < topology_->links().size(); ++l) {
      if (topology_->LinkName(static_cast<LinkId>(l)) == name) return static_cast<LinkId>(l);
    }
    ADD_FAILURE() << "no link " << name;
    return 0;
  }

  // When each transfer's target hears of its end; -1 ms: never.
  std::vector<double> EndsInMs(const std::vector<TestTransfer>& transfers,
                               std::vector<LinkFault> faults) {
    Engine engine;
    FluidOptions options;
    options.faults = std::move(faults);
    const auto fabric = MakeFluidFabric(engine, *topology_, options);
    std::deque<Listener> listeners(transfers.size());
    std::deque<Schedule> schedules;
    for (size_t t = 0; t < transfers.size(); ++t) {
      const ComponentId id = engine.Add(listeners[t]);
      schedules.push_back(MakeSchedule(2, {{0, 1, transfers[t].bytes}}));
      const std::array<VertexId, 2> ends = {transfers[t].source, transfers[t].target};
      const std::array<ComponentId, 2> told = {id, id};
      fabric->Start(
          {.schedule = &schedules.back(), .endpoints = ends, .costs = {}, .rank_components = told});
    }
    engine.Run();
    unfinished_ = fabric->DescribeUnfinished();
    counters_ = fabric->counters();
    for (const LinkUse& use : fabric->link_use()) bytes_ += use.bytes.count();
    std::vector<double> ends;
    for (const Listener& listener : listeners) {
      ends.push_back(listener.heard.empty()
                         ? -1
                         : 1e3 * ToSeconds(listener.heard.back().first.time_since_epoch()));
    }
    return ends;
  }

  std::unique_ptr<Topology> topology_;
  std::string unfinished_;
  Fabric::Counters counters_;
  int64_t bytes_ = 0;  // On all links.
};

TEST_F(LinkHealthTest, ASlowLinkSlowsWhatIsLeft) {
  // 500 MB at full rate, the rest at a quarter of it.
  const LinkFault fault = {
      .links = {Link("host0 -> spine1")}, .from = Time(Milliseconds(500)), .share = 0.25};
  EXPECT_THAT(EndsInMs({{0, 1, kGigabyte}}, {fault}),
              testing::ElementsAre(testing::DoubleNear(2500, 1e-6)));
  EXPECT_EQ(counters_.rerouted, 0);
}

TEST_F(LinkHealthTest, TheWorstFaultCountsAndEnds) {
  const LinkId link = Link("spine1 -> host1");
  const std::vector<LinkFault> faults = {
      {.links = {link}, .from = Time(), .length = Milliseconds(400), .share = 0.5},
      {.links = {link},
       .from = Time(Milliseconds(200)),
       .length = Milliseconds(100),
       .share = 0.1}};
  // 100 MB, 10 MB, 50 MB, and 840 MB at full rate.
  EXPECT_THAT(EndsInMs({{0, 1, kGigabyte}}, faults),
              testing::ElementsAre(testing::DoubleNear(1240, 1e-6)));
}

TEST_F(LinkHealthTest, TransfersTakeAWayRoundALinkThatIsDown) {
  const LinkFault fault = {.links = {Link("host0 -> spine1")}, .from = Time(Milliseconds(500))};
  EXPECT_THAT(EndsInMs({{0, 1, kGigabyte}}, {fault}),
              testing::ElementsAre(testing::DoubleNear(1000, 1e-6)));
  EXPECT_EQ(counters_.rerouted, 1);
  EXPECT_EQ(counters_.stopped, 1);
  EXPECT_EQ(bytes_, 2 * kGigabyte);
}

TEST_F(LinkHealthTest, TheWayRoundIsSharedWithWhatIsThere) {
  // Down from the start: both go by spine 0 and share its link to nobody but theirs from host 0.
  const LinkFault fault = {.links = {Link("host0 -> spine1")}, .from = Time()};
  EXPECT_THAT(
      EndsInMs({{0, 1, kGigabyte}, {0, 2, kGigabyte}}, {fault}),
      testing::ElementsAre(testing::DoubleNear(2000, 1e-6), testing::DoubleNear(2000, 1e-6)));
}

TEST_F(LinkHealthTest, ReroutingTakesItsTime) {
  const LinkFault fault = {.links = {Link("host0 -> spine1")},
                           .from = Time(Milliseconds(500)),
                           .reroute_after = Milliseconds(30)};
  EXPECT_THAT(EndsInMs({{0, 1, kGigabyte}}, {fault}),
              testing::ElementsAre(testing::DoubleNear(1030, 1e-6)));
}

TEST_F(LinkHealthTest, WithoutReroutingTheLinkIsWaitedFor) {
  const LinkFault flaps = {.links = {Link("host0 -> spine1")},
                           .from = Time(Milliseconds(100)),
                           .length = Milliseconds(100),
                           .every = Milliseconds(200),
                           .reroute_after = std::nullopt};
  // Up for 100 ms, down for 100 ms.
  EXPECT_THAT(EndsInMs({{0, 1, kGigabyte}}, {flaps}),
              testing::ElementsAre(testing::DoubleNear(1900, 1e-6)));
  EXPECT_EQ(counters_.stopped, 9);
  EXPECT_EQ(bytes_, 2 * kGigabyte);
}

TEST_F(LinkHealthTest, WhatIsCutOffIsNamedAndTheRestGoesOn) {
  const std::vector<LinkFault> faults = {
      {.links = {Link("spine0 -> host1"), Link("spine1 -> host1")},
       .from = Time(Milliseconds(100))},
      // Comes and goes for ever, elsewhere.
      {.links = {Link("host3 -> spine0")},
       .from = Time(),
       .length = Milliseconds(1),
       .every = Milliseconds(2)}};
  const std::vector<double> ends = EndsInMs({{0, 1, kGigabyte}, {2, 0, kGigabyte}}, faults);
  EXPECT_EQ(ends[0], -1);
  EXPECT_NEAR(ends[1], 1000, 1e-6);
  EXPECT_THAT(unfinished_, HasSubstr("transfer 0 (0 to 1) is cut off: spine1 -> host1 down"));
}

TEST_F(LinkHealthTest, ARateCapHoldsOnceALinkIsFastAgain) {
  const Schedule one = MakeSchedule(2, {{0, 1, kGigabyte}});
  Engine engine;
  FluidOptions options;
  options.faults = {{.links = {Link("host0 -> spine1")},
                     .from = Time(),
                     .length = Milliseconds(1000),
                     .share = 0.25}};
  const auto fabric = MakeFluidFabric(engine, *topology_, options);
  Listener listener;
  const ComponentId id = engine.Add(listener);
  const std::array<VertexId, 2> ends = {0, 1};
  const std::array<ComponentId, 2> told = {id, id};
  fabric->Start({.schedule = &one,
                 .endpoints = ends,
                 .costs = {.rate_cap = Bandwidth::BytesPerSecond(kGigabyte / 2)},
                 .rank_components = told});
  engine.Run();
  EXPECT_NEAR(ToSeconds(listener.heard.back().first.time_since_epoch()), 1 + 0.75 / 0.5, 1e-9);
}

TEST(ShareWithRetriesTest, GoBackNFollowsItsFormula) {
  const Link link = {.bandwidth = Bandwidth::GigabytesPerSecond(50),
                     .latency = Duration(1'000'000)};
  EXPECT_EQ(ShareWithRetries(link, 0), 1);
  // p = 1 - (1 - 1e-9)^32768 = 3.27675e-5; W = 1 + 100,000 / 4,096.
  const double p = 3.27675e-5;
  EXPECT_NEAR(ShareWithRetries(link, 1e-9), (1 - p) / (1 - p + p * (1 + 100'000.0 / 4096)), 1e-8);
  EXPECT_LT(ShareWithRetries(link, 1e-5), 0.15);
}

// Rates after any changes of capacities are those of progressive filling.
TEST(LinkCapacityTest, RatesFollowCapacitiesThatChange) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random({.run_seed = seed});
    std::vector<RateUnits> capacities(6);
    for (RateUnits& c : capacities) c = 1000 + static_cast<RateUnits>(random.Below(1'000'000));
    MaxMinSolver solver(capacities);
    std::vector<ReferenceFlow> flows;
    for (int f = 0; f < 12; ++f) {
      ReferenceFlow flow;
      for (int l = 0; l < 6; ++l) {
        if (random.Below(3) == 0) flow.route.push_back(l);
      }
      if (flow.route.empty()) flow.route.push_back(static_cast<int>(random.Below(6)));
      if (random.Below(4) == 0) flow.cap = 1 + static_cast<RateUnits>(random.Below(200'000));
      flows.push_back(flow);
    }
    // Before the flows come, so that caps hold whatever links become.
    solver.SetCapacity(0, capacities[0]);
    std::vector<FlowId> ids;
    for (const ReferenceFlow& flow : flows) {
      ids.push_back(
          solver.Add({.work = WorkUnits{1} << 100, .route = flow.route, .cap = flow.cap}, Time()));
    }
    for (int change = 0; change < 20; ++change) {
      const size_t link = random.Below(6);
      capacities[link] = 1 + static_cast<RateUnits>(random.Below(1'000'000));
      const Time now(Duration(change + 1));
      solver.SetCapacity(static_cast<int32_t>(link), capacities[link]);
      solver.Solve(now);
      const std::vector<RateUnits> expected = ProgressiveFilling(capacities, flows);
      for (size_t f = 0; f < flows.size(); ++f) ASSERT_EQ(solver.rate(ids[f]), expected[f]);
    }
  }
}

}  // namespace
}  // namespace tessera
