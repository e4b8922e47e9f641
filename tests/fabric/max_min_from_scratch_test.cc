// The solver repairs rates where flows come and go; here they are compared with rates that
// progressive filling works out from scratch after every change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "core/random.h"
#include "fabric/max_min_solver.h"
#include "tests/fabric/progressive_filling.h"

namespace tessera {
namespace {

// Random flows on random links come and go; after every change the rates equal those worked out
// from scratch to the last unit, and no link is over its capacity.
class RandomChanges {
 public:
  struct Kind {
    RateUnits unit = 1;  // Capacities are 1 to 6 times `scale` of these.
    RateUnits scale = 1000;
    uint64_t most_coefficient = 1;  // They are drawn from 1 to this.
    double leaving = 0.45;          // The probability that a change takes a flow away.
  };
  RandomChanges(uint64_t seed, const Kind& kind)
      : random_({.run_seed = seed}), kind_(kind), solver_(MakeCapacities()) {}

  void Run(int changes) {
    for (int i = 0; i < changes; ++i) {
      const uint64_t batch = 1 + random_.Below(4);
      for (uint64_t b = 0; b < batch; ++b) ChangeOne();
      solver_.Solve(now_);
      Compare();
      now_ += Duration(static_cast<int64_t>(random_.Below(1000)));
    }
  }

 private:
  std::vector<RateUnits> MakeCapacities() {
    const uint64_t links = 1 + random_.Below(12);
    for (uint64_t l = 0; l < links; ++l) {
      // Few distinct values make ties; odd ones leave remainders.
      const auto scale = static_cast<uint64_t>(kind_.scale);
      capacities_.push_back(kind_.unit *
                            static_cast<RateUnits>(random_.Bernoulli(0.5)
                                                       ? scale * (1 + random_.Below(3))
                                                       : scale + random_.Below(5 * scale)));
    }
    return capacities_;
  }

  void ChangeOne() {
    if (!flows_.empty() && random_.Bernoulli(kind_.leaving)) {
      auto gone = flows_.begin();
      std::advance(gone, static_cast<ptrdiff_t>(random_.Below(flows_.size())));
      solver_.Remove(gone->first, now_);
      flows_.erase(gone);
      return;
    }
    ReferenceFlow flow;
    for (size_t l = 0; l < capacities_.size(); ++l) {
      if (random_.Bernoulli(0.3)) flow.route.push_back(static_cast<int>(l));
    }
    if (flow.route.empty()) flow.route.push_back(0);
    if (kind_.most_coefficient > 1) {
      for (size_t hop = 0; hop < flow.route.size(); ++hop) {
        flow.coefficients.push_back(1 + static_cast<int>(random_.Below(kind_.most_coefficient)));
      }
    }
    if (random_.Bernoulli(0.2)) {
      const auto tenth = static_cast<uint64_t>(kind_.scale / 10);
      flow.cap = kind_.unit * static_cast<RateUnits>(tenth + random_.Below(10 * tenth));
    }
    const FlowId id = solver_.Add({.work = ToWorkUnits(Bytes(1 << 30)),
                                   .route = flow.route,
                                   .coefficients = flow.coefficients,
                                   .cap = flow.cap},
                                  now_);
    flows_.emplace(id, flow);
  }

  void Compare() {
    std::vector<ReferenceFlow> reference;
    for (const auto& [id, flow] : flows_) reference.push_back(flow);
    const std::vector<RateUnits> expected = ProgressiveFilling(capacities_, reference);
    size_t i = 0;
    for (const auto& [id, flow] : flows_) ASSERT_EQ(solver_.rate(id), expected[i++]);
    for (size_t l = 0; l < capacities_.size(); ++l) {
      ASSERT_LE(solver_.load(static_cast<int32_t>(l)), capacities_[l]);
    }
  }

  RandomStream random_;
  Kind kind_;
  std::vector<RateUnits> capacities_;
  MaxMinSolver solver_;
  std::map<FlowId, ReferenceFlow> flows_;
  Time now_;
};

TEST(MaxMinFromScratchTest, RatesAlwaysEqualThoseFromScratch) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    // One unit of rate per flow is a lot in the first case and nothing in the second.
    for (const uint64_t most_coefficient : {1, 5}) {
      RandomChanges(seed, {.most_coefficient = most_coefficient}).Run(30);
      RandomChanges(seed, {.unit = RateUnits{1} << 30, .most_coefficient = most_coefficient})
          .Run(30);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Levels of a few units, so that what rounding leaves over is as much as a level, and crowds of
// flows of which most links have nobody of their own.
TEST(MaxMinFromScratchTest, RatesEqualThoseFromScratchWhereRoundingIsEverything) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    for (const RateUnits scale : {30, 200}) {
      RandomChanges(seed, {.scale = scale, .leaving = 0.2}).Run(30);
      RandomChanges(seed, {.scale = scale, .most_coefficient = 3, .leaving = 0.3}).Run(20);
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Everybody sends to everybody through a switch, sizes at random, until all is through. Nearly
// every finish moves the level of every link that is left and the order of some.
class RandomExchange {
 public:
  RandomExchange(uint64_t seed, RateUnits capacity) : random_({.run_seed = seed}) {
    const auto ports = static_cast<int>(2 + random_.Below(9));
    // With a few different ports, and through a trunk that may be the tightest.
    for (int l = 0; l < 2 * ports; ++l) {
      capacities_.push_back(random_.Bernoulli(0.2) ? capacity / 2 : capacity);
    }
    capacities_.push_back(capacity * static_cast<RateUnits>(1 + random_.Below(10)));
    solver_ = std::make_unique<MaxMinSolver>(capacities_);
    for (int from = 0; from < ports; ++from) {
      for (int to = 0; to < ports; ++to) {
        if (from != to) Send({.route = {from, ports + to}}, 2 * ports);
      }
    }
    solver_->Solve(Time{});
  }

  int64_t links() const { return static_cast<int64_t>(capacities_.size()); }
  int64_t changes() const { return changes_; }
  int64_t settled_links() const { return solver_->settled_links(); }

  // Compares rates with those from scratch and finishes with what the rates add up to.
  void Run() {
    Time now;
    CompareRates();
    while (!flows_.empty() && !testing::Test::HasFatalFailure()) {
      const Time next = solver_->next_finish();
      ASSERT_LT(next, MaxMinSolver::kNever);
      std::vector<uint64_t> expected;
      for (auto& [tag, flow] : flows_) {
        const RateUnits rate = solver_->rate(flow.id);
        flow.work -= WorkUnits{rate} * (next - now).count();
        ASSERT_TRUE(solver_->WorkLeft(flow.id, next) == flow.work);
        if (flow.work <= rate / 1024) expected.push_back(tag);
      }
      now = next;
      std::vector<uint64_t> finished;
      solver_->TakeFinished(now, finished);
      EXPECT_FALSE(expected.empty());
      ASSERT_THAT(finished, testing::UnorderedElementsAreArray(expected));
      for (const uint64_t tag : finished) flows_.erase(tag);
      solver_->Solve(now);
      ++changes_;
      CompareRates();
    }
  }

 private:
  struct Sent {
    FlowId id = 0;
    WorkUnits work = 0;
    ReferenceFlow flow;
  };

  void Send(ReferenceFlow flow, int trunk) {
    if (random_.Bernoulli(0.3)) flow.route.push_back(trunk);
    const uint64_t tag = flows_.size();
    const WorkUnits work = WorkUnits{1 + static_cast<int64_t>(random_.Below(1'000'000))} << 20;
    const FlowId id = solver_->Add({.work = work, .route = flow.route, .tag = tag}, Time{});
    flows_.emplace(tag, Sent{id, work, flow});
  }

  void CompareRates() {
    std::vector<ReferenceFlow> reference;
    for (const auto& [tag, sent] : flows_) reference.push_back(sent.flow);
    const std::vector<RateUnits> expected = ProgressiveFilling(capacities_, reference);
    size_t i = 0;
    for (const auto& [tag, sent] : flows_) ASSERT_EQ(solver_->rate(sent.id), expected[i++]);
  }

  RandomStream random_;
  std::vector<RateUnits> capacities_;
  std::unique_ptr<MaxMinSolver> solver_;
  std::map<uint64_t, Sent> flows_;
  int64_t changes_ = 0;
};

TEST(MaxMinFromScratchTest, ExchangesRunToTheirEndsAtTheRatesFromScratch) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    for (const RateUnits capacity : {RateUnits{200}, RateUnits{1} << 40}) {
      RandomExchange exchange(seed, capacity);
      exchange.Run();
      if (testing::Test::HasFatalFailure()) return;
      // Links settle in any order; ours lets most of them settle once.
      EXPECT_LE(exchange.settled_links(), 2 * exchange.links() * (1 + exchange.changes()));
    }
  }
}

}  // namespace
}  // namespace tessera
