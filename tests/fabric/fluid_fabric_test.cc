#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <functional>

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
  void Build(std::unique_ptr<Topology> topology, FluidOptions options = {}) {
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

// Starts a schedule when it hears of the end of another one.
class Starter : public Component {
 public:
  explicit Starter(std::function<void()> action) : action_(std::move(action)) {}
  void OnEvent(const Event& /*event*/, Engine& /*engine*/) override { action_(); }

 private:
  std::function<void()> action_;
};

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

// Random runs that overlap in time and in links. Everything that an observer can see.
struct Observed {
  std::vector<std::vector<std::pair<Time, uint64_t>>> heard;
  std::vector<std::tuple<Bytes, Duration, int64_t>> use;
  Fabric::Counters counters;
};

class RandomRuns {
 public:
  RandomRuns(uint64_t seed, bool replay) : random_({.run_seed = seed}) {
    BuildTopology();
    for (int s = 0; s < 4; ++s) schedules_.push_back(RandomSchedule());
    fabric_ = MakeFluidFabric(engine_, *topology_, {.replay = replay});
    for (int c = 0; c < topology_->chips(); ++c) {
      listeners_.emplace_back();
      components_.push_back(engine_.Add(listeners_.back()));
    }
  }

  Observed Run() {
    Starter starter([&] { StartOne(); });
    const ComponentId id = engine_.Add(starter);
    Time at{};
    for (int i = 0; i < 30; ++i) {
      engine_.Send(id, at, id, 0, 0);
      if (random_.Bernoulli(0.7)) at += Duration(static_cast<int64_t>(random_.Below(400'000)));
    }
    engine_.Run();
    EXPECT_EQ(fabric_->DescribeUnfinished(), "");
    Observed observed;
    observed.counters = fabric_->counters();
    for (const Listener& listener : listeners_) observed.heard.push_back(listener.heard);
    for (const LinkUse& use : fabric_->link_use()) {
      observed.use.emplace_back(use.bytes, use.busy, use.transfers);
    }
    return observed;
  }

 private:
  void BuildTopology() {
    TopologyBuilder builder;
    const int hosts = 4 + static_cast<int>(random_.Below(8));
    for (int h = 0; h < hosts; ++h) builder.AddVertex({});
    for (int h = 1; h < hosts; ++h) AddCable(builder, h, static_cast<int>(random_.Below(h)));
    for (uint64_t extra = random_.Below(6); extra > 0; --extra) {
      const auto a = static_cast<int>(random_.Below(hosts));
      const auto b = static_cast<int>(random_.Below(hosts));
      if (a != b) AddCable(builder, a, b);
    }
    topology_ = *std::move(builder).Build({.chips_per_node = hosts});
  }

  void AddCable(TopologyBuilder& builder, int a, int b) {
    builder.AddCable(
        {.source = a,
         .target = b,
         .bandwidth = Bandwidth::GigabytesPerSecond(static_cast<int64_t>(1 + random_.Below(3))),
         .latency = Duration(static_cast<int64_t>(random_.Below(3) * 1000))});
  }

  Schedule RandomSchedule() {
    const int ranks = 2 + static_cast<int>(random_.Below(3));
    std::vector<TestTransfer> transfers;
    const uint64_t count = 1 + random_.Below(8);
    for (uint64_t t = 0; t < count; ++t) {
      TestTransfer transfer{
          .source = static_cast<int>(random_.Below(ranks)),
          .target = static_cast<int>(random_.Below(ranks)),
          .bytes = static_cast<int64_t>(random_.Below(3) * 100'000 + random_.Below(2) * 77)};
      for (uint64_t before = 0; before < t; ++before) {
        if (random_.Bernoulli(0.3)) transfer.after.push_back(static_cast<int32_t>(before));
      }
      transfers.push_back(transfer);
    }
    return MakeSchedule(ranks, transfers);
  }

  void StartOne() {
    const Schedule& schedule = schedules_[random_.Below(schedules_.size())];
    std::vector<VertexId> hosts(static_cast<size_t>(topology_->chips()));
    for (size_t h = 0; h < hosts.size(); ++h) hosts[h] = static_cast<VertexId>(h);
    random_.Shuffle(absl::MakeSpan(hosts));
    hosts.resize(static_cast<size_t>(schedule.ranks));
    Fabric::Request request;
    request.schedule = &schedule;
    request.endpoints = hosts;
    std::vector<ComponentId> components;
    for (const VertexId h : hosts) components.push_back(components_[static_cast<size_t>(h)]);
    request.rank_components = components;
    request.costs.start = Duration(static_cast<int64_t>(random_.Below(2) * 500));
    request.costs.per_transfer_scale_up = Duration(static_cast<int64_t>(random_.Below(2) * 700));
    if (random_.Bernoulli(0.3)) request.costs.rate_cap = Bandwidth::BytesPerSecond(900'000'000);
    request.done_payload = ++started_;
    fabric_->Start(request);
  }

  RandomStream random_;
  std::deque<Listener> listeners_;
  std::deque<Schedule> schedules_;
  Engine engine_;
  std::unique_ptr<Topology> topology_;
  std::unique_ptr<Fabric> fabric_;
  std::vector<ComponentId> components_;
  uint64_t started_ = 0;
};

TEST(FluidFabricReplayTest, NobodyCanTellReplayFromSimulation) {
  int64_t replayed = 0;
  int64_t unfolded = 0;
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Observed with = RandomRuns(seed, true).Run();
    const Observed without = RandomRuns(seed, false).Run();
    ASSERT_EQ(with.heard, without.heard);
    ASSERT_EQ(with.use, without.use);
    EXPECT_EQ(without.counters.live, 30);
    replayed += with.counters.replayed;
    unfolded += with.counters.unfolded;
  }
  EXPECT_GT(replayed, 1000);
  EXPECT_GT(unfolded, 1000);
}

}  // namespace
}  // namespace tessera
