// Replaying a run whose like has been simulated must not be told apart from simulating it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "core/random.h"
#include "fabric/fabric.h"
#include "tests/fabric/exchange.h"

namespace tessera {
namespace {

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
