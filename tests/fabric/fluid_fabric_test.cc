#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>

#include "fabric/fabric.h"
#include "tests/fabric/exchange.h"

namespace tessera {
namespace {

constexpr Bandwidth kTenGigabytes = Bandwidth::GigabytesPerSecond(10);

// Endpoint e at vertex e; for IsolatedTime, where nobody hears of the end.
Fabric::Request InOrder(const Schedule& schedule) {
  static constexpr std::array<VertexId, 32> kVertices = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                         11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                                         22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  Fabric::Request request;
  request.schedule = &schedule;
  request.endpoints =
      absl::MakeConstSpan(kVertices).first(static_cast<size_t>(schedule.ranks + schedule.switches));
  return request;
}

TEST(IsolatedTimeTest, RingTakesItsStepsTimesLatencyAndChunkTime) {
  const auto topology = Star(8, kTenGigabytes, Duration(500'000));
  const Schedule ring = RingSchedule(8, 1'000'000, 14);
  Fabric::Request request = InOrder(ring);
  EXPECT_EQ(IsolatedTime(*topology, request), 14 * Duration(1'000'000 + 100'000'000));
  request.costs.start = Duration(7'000'000);
  request.costs.per_transfer_scale_up = Duration(2'000'000);
  request.costs.per_transfer_scale_out = Duration(99'000'000);
  EXPECT_EQ(IsolatedTime(*topology, request),
            Duration(7'000'000) + 14 * Duration(3'000'000 + 100'000'000));
}

TEST(IsolatedTimeTest, RateCapHoldsOneTransferBackAndSharingAllowsIt) {
  const auto topology = Star(3, kTenGigabytes, Duration(0));
  const Schedule one = MakeSchedule(3, {{0, 1, 1'000'000}});
  const Schedule two = MakeSchedule(3, {{0, 2, 1'000'000}, {1, 2, 1'000'000}});
  Fabric::Request request = InOrder(one);
  request.costs.rate_cap = Bandwidth::GigabytesPerSecond(5);
  EXPECT_EQ(IsolatedTime(*topology, request), Duration(200'000'001));
  request.schedule = &two;
  EXPECT_EQ(IsolatedTime(*topology, request), Duration(200'000'001));
}

// net-incast
TEST(IsolatedTimeTest, NetIncast) {
  const auto topology = Star(32, Bandwidth::GigabytesPerSecond(50), Duration(1));
  std::vector<TestTransfer> transfers;
  for (int s = 1; s < 32; ++s) transfers.push_back({s, 0, 1'000'000});
  const Schedule incast = MakeSchedule(32, transfers);
  const Schedule alone = MakeSchedule(32, {transfers[0]});
  const double finish = ToSeconds(IsolatedTime(*topology, InOrder(incast)));
  EXPECT_NEAR(finish, 620e-6, 620e-6 * 1e-8);
  const double single = ToSeconds(IsolatedTime(*topology, InOrder(alone)));
  EXPECT_NEAR(finish / single, 31, 31e-6);
}

TEST(IsolatedTimeTest, TransfersWithoutBytesWaitOnlyTheirLatency) {
  const auto topology = Star(2, kTenGigabytes, Duration(300));
  const Schedule barrier = MakeSchedule(2, {{0, 1, 0}, {1, 0, 0, {0}}});
  EXPECT_EQ(IsolatedTime(*topology, InOrder(barrier)), Duration(1200));
  const Schedule nothing = MakeSchedule(2, {});
  Fabric::Request request = InOrder(nothing);
  request.costs.start = Duration(5);
  EXPECT_EQ(IsolatedTime(*topology, request), Duration(5));
}

TEST(IsolatedTimeTest, SwitchesCanBeEndpoints) {
  const auto topology = Star(3, kTenGigabytes, Duration(100));
  // All push to the hub, which answers all when it has everything.
  const Schedule reduction = MakeSchedule(3,
                                          {{0, 3, 1000},
                                           {1, 3, 1000},
                                           {2, 3, 1000},
                                           {3, 0, 1000, {0, 1, 2}},
                                           {3, 1, 1000, {0, 1, 2}},
                                           {3, 2, 1000, {0, 1, 2}}},
                                          1);
  EXPECT_EQ(IsolatedTime(*topology, InOrder(reduction)), Duration(2 * (100 + 100'000)));
}

class FluidFabricTest : public testing::Test {
 protected:
  void Build(std::unique_ptr<Topology> topology, const FluidOptions& options = {}) {
    topology_ = std::move(topology);
    fabric_ = MakeFluidFabric(engine_, *topology_, options);
    for (int c = 0; c < topology_->chips(); ++c) {
      listeners_.emplace_back();
      components_.push_back(engine_.Add(listeners_.back()));
    }
  }

  void Start(const Schedule& schedule, const std::vector<VertexId>& hosts, uint64_t payload) {
    std::vector<ComponentId> components;
    for (int r = 0; r < schedule.ranks; ++r) {
      components.push_back(components_[static_cast<size_t>(hosts[static_cast<size_t>(r)])]);
    }
    Fabric::Request request;
    request.schedule = &schedule;
    request.endpoints = hosts;
    request.rank_components = components;
    request.done_payload = payload;
    fabric_->Start(request);
  }

  // The time at which a chip heard of a run.
  Time Heard(int chip, uint64_t payload) const {
    for (const auto& [time, value] : listeners_[static_cast<size_t>(chip)].heard) {
      if (value == payload) return time;
    }
    return Time::max();
  }

  std::deque<Listener> listeners_;
  Engine engine_;
  std::unique_ptr<Topology> topology_;
  std::unique_ptr<Fabric> fabric_;
  std::vector<ComponentId> components_;
};

TEST_F(FluidFabricTest, EqualShapesAreSimulatedOnceAndReplayed) {
  Build(Star(8, kTenGigabytes, Duration(10)));
  const Schedule ring = RingSchedule(4, 100'000, 6);
  Start(ring, {0, 1, 2, 3}, 1);
  Start(ring, {4, 5, 6, 7}, 2);
  engine_.Run();
  EXPECT_EQ(Heard(0, 1), Time(Duration(6 * (20 + 10'000'000))));
  EXPECT_EQ(Heard(7, 2), Heard(0, 1));
  EXPECT_EQ(fabric_->counters().simulated_alone, 1);
  EXPECT_EQ(fabric_->counters().replayed, 2);
  EXPECT_EQ(fabric_->counters().live, 0);
  const LinkUse use = fabric_->link_use()[static_cast<size_t>(topology_->FindLink(5, 8))];
  EXPECT_EQ(use.bytes, Bytes(600'000));
  EXPECT_EQ(use.busy, Duration(60'000'000));
  EXPECT_EQ(use.transfers, 6);
}

// net-fluid-arrival: 10 GB from 0 s and 2 GB from 0.5 s on one 10 GB/s link.
TEST_F(FluidFabricTest, NetFluidArrival) {
  Build(Star(3, kTenGigabytes, Duration(0)));
  const Schedule first = MakeSchedule(2, {{0, 1, 10'000'000'000}});
  const Schedule second = MakeSchedule(2, {{0, 1, 2'000'000'000}});
  Starter starter([&] { Start(second, {2, 1}, 2); });
  const ComponentId id = engine_.Add(starter);
  Start(first, {0, 1}, 1);
  engine_.Send(id, Time(Duration(500'000'000'000)), id, 0, 0);
  engine_.Run();
  EXPECT_EQ(Heard(0, 1), Time(Duration(1'200'000'000'001)));  // 1 ps of tail.
  EXPECT_EQ(Heard(2, 2), Time(Duration(900'000'000'001)));
  EXPECT_EQ(fabric_->counters().unfolded, 1);
}

TEST_F(FluidFabricTest, NamesWhatIsUnfinished) {
  Build(Star(3, kTenGigabytes, Duration(0)), {.replay = false});
  const Schedule chain = MakeSchedule(3, {{0, 1, 1'000'000}, {1, 2, 1'000'000, {0}}});
  Start(chain, {0, 1, 2}, 1);
  engine_.Run(Time(Duration(50'000'000)));
  EXPECT_EQ(fabric_->DescribeUnfinished(),
            "run 1 (test, 3 ranks) started at 0 ps: 2 of 2 transfers are not over; transfer 0 (0 "
            "to 1) is on host0 -> hub ... hub -> host1; 1 wait for others, first transfer 1 (1 to "
            "2)\n");
  engine_.Run();
  EXPECT_EQ(fabric_->DescribeUnfinished(), "");
}

}  // namespace
}  // namespace tessera
