#include "fabric/max_min_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "core/random.h"
#include "tests/fabric/progressive_filling.h"

namespace tessera {
namespace {

RateUnits GigabytesPerSecond(int64_t n) { return ToRateUnits(Bandwidth::GigabytesPerSecond(n)); }

// Flow A crosses links 0, 1 and 2; B, C and D one each.
std::vector<RateUnits> RatesOfThreeLinks(const std::vector<int64_t>& gigabits) {
  std::vector<RateUnits> capacities;
  for (const int64_t c : gigabits)
    capacities.push_back(ToRateUnits(Bandwidth::GigabitsPerSecond(c)));
  MaxMinSolver solver(capacities);
  std::vector<FlowId> flows;
  for (const std::vector<int32_t>& route :
       std::vector<std::vector<int32_t>>{{0, 1, 2}, {0}, {1}, {2}}) {
    flows.push_back(solver.Add({.work = ToWorkUnits(Bytes(1)), .route = route}, Time{}));
  }
  solver.Solve(Time{});
  std::vector<RateUnits> rates;
  for (const FlowId flow : flows) rates.push_back(solver.rate(flow));
  return rates;
}

std::vector<RateUnits> Gigabits(const std::vector<int64_t>& values) {
  std::vector<RateUnits> units;
  for (const int64_t v : values) units.push_back(ToRateUnits(Bandwidth::GigabitsPerSecond(v)));
  return units;
}

// net-maxmin-three-links
TEST(MaxMinSolverTest, NetMaxminThreeLinks) {
  EXPECT_EQ(RatesOfThreeLinks({10, 4, 10}), Gigabits({2, 8, 2, 8}));
}

// net-maxmin-equal
TEST(MaxMinSolverTest, NetMaxminEqual) {
  EXPECT_EQ(RatesOfThreeLinks({10, 10, 10}), Gigabits({5, 5, 5, 5}));
}

TEST(MaxMinSolverTest, CapLimitsOneFlowAndLeavesTheRestToOthers) {
  const std::vector<RateUnits> capacities = {GigabytesPerSecond(10)};
  MaxMinSolver solver(capacities);
  const std::vector<int32_t> route = {0};
  const FlowId capped = solver.Add(
      {.work = ToWorkUnits(Bytes(1000)), .route = route, .cap = GigabytesPerSecond(2)}, Time{});
  const FlowId free = solver.Add({.work = ToWorkUnits(Bytes(1000)), .route = route}, Time{});
  solver.Solve(Time{});
  EXPECT_EQ(solver.rate(capped), GigabytesPerSecond(2));
  EXPECT_EQ(solver.rate(free), GigabytesPerSecond(8));
}

TEST(MaxMinSolverTest, FinishedFlowsAreTakenTogetherAndTheOthersSpeedUp) {
  const std::vector<RateUnits> capacities = {GigabytesPerSecond(10)};
  MaxMinSolver solver(capacities);
  const std::vector<int32_t> route = {0};
  for (uint64_t tag = 0; tag < 3; ++tag) {
    solver.Add({.work = ToWorkUnits(Bytes(tag < 2 ? 1000 : 5000)), .route = route, .tag = tag},
               Time{});
  }
  solver.Solve(Time{});
  EXPECT_EQ(solver.next_finish(), Time(Duration(300'000)));
  std::vector<uint64_t> tags;
  solver.TakeFinished(solver.next_finish(), tags);
  EXPECT_THAT(tags, testing::UnorderedElementsAre(0, 1));
  solver.Solve(Time(Duration(300'000)));
  EXPECT_EQ(solver.next_finish(), Time(Duration(700'000)));
  EXPECT_EQ(solver.BusyTime(0, Time(Duration(400'000))), Duration(400'000));
}

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

TEST(MaxMinSolverTest, RatesAlwaysEqualThoseFromScratch) {
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
TEST(MaxMinSolverTest, RatesEqualThoseFromScratchWhereRoundingIsEverything) {
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

TEST(MaxMinSolverTest, ExchangesRunToTheirEndsAtTheRatesFromScratch) {
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

// A sends a third of its bytes over link 0, B all of them: in thirds of link 0, 1 and 3.
TEST(MaxMinSolverTest, SprayedFlowLoadsALinkWithItsShare) {
  const std::vector<RateUnits> capacities = {3 * GigabytesPerSecond(8), GigabytesPerSecond(100)};
  MaxMinSolver solver(capacities);
  const std::vector<int32_t> both = {0, 1};
  const std::vector<int32_t> one_third = {1, 1};
  const std::vector<int32_t> first = {0};
  const std::vector<int32_t> all = {3};
  const WorkUnits work = ToWorkUnits(Bytes(1000));
  const FlowId a = solver.Add({.work = work, .route = both, .coefficients = one_third}, Time{});
  solver.Solve(Time{});
  EXPECT_EQ(solver.rate(a), GigabytesPerSecond(24));
  const FlowId b = solver.Add({.work = work, .route = first, .coefficients = all}, Time{});
  solver.Solve(Time{});
  EXPECT_EQ(solver.rate(a), GigabytesPerSecond(6));
  EXPECT_EQ(solver.rate(b), GigabytesPerSecond(6));
}

// net-numa-d2d: each of two dies reads half from its own memory and half from the other's. In
// halves a memory of 4000 GB/s and a die-to-die direction of 1500 GB/s count twice.
TEST(MaxMinSolverTest, NetNumaD2d) {
  enum : int32_t { kMemory0, kMemory1, kTo0, kTo1 };
  const std::vector<RateUnits> capacities = {
      2 * GigabytesPerSecond(4000), 2 * GigabytesPerSecond(4000), 2 * GigabytesPerSecond(1500),
      2 * GigabytesPerSecond(1500)};
  const WorkUnits work = ToWorkUnits(Bytes(1'000'000));
  MaxMinSolver interleaved(capacities);
  const std::vector<int32_t> routes[] = {{kMemory0, kMemory1, kTo0}, {kMemory0, kMemory1, kTo1}};
  const FlowId die0 = interleaved.Add({.work = work, .route = routes[0]}, Time{});
  const FlowId die1 = interleaved.Add({.work = work, .route = routes[1]}, Time{});
  interleaved.Solve(Time{});
  EXPECT_EQ(interleaved.rate(die0), GigabytesPerSecond(3000));
  EXPECT_EQ(interleaved.rate(die1), GigabytesPerSecond(3000));
  MaxMinSolver local(capacities);
  const std::vector<int32_t> own = {kMemory0};
  const std::vector<int32_t> all = {2};
  const FlowId alone = local.Add({.work = work, .route = own, .coefficients = all}, Time{});
  local.Solve(Time{});
  EXPECT_EQ(local.rate(alone), GigabytesPerSecond(4000));
}

// A chain of links, each shared by a long flow over two neighbours and short flows of its own. When
// a short flow goes, the ripple ends where levels come out as before.
TEST(MaxMinSolverTest, ChangesAreRepairedWhereTheyMatter) {
  constexpr int32_t kPairs = 1000;
  const std::vector<RateUnits> capacities(2 * kPairs, GigabytesPerSecond(10));
  MaxMinSolver solver(capacities);
  std::vector<FlowId> last;
  for (int32_t p = 0; p < kPairs; ++p) {
    const std::vector<int32_t> both = {2 * p, 2 * p + 1};
    const std::vector<int32_t> next = {2 * p + 1, (2 * p + 2) % (2 * kPairs)};
    for (const auto& route : {both, next}) {
      last.push_back(solver.Add({.work = ToWorkUnits(Bytes(1'000'000)), .route = route}, Time{}));
    }
  }
  solver.Solve(Time{});
  const int64_t before = solver.settled_links();
  EXPECT_GE(before, kPairs);  // Where all are full at one level, one link of a flow is enough.
  solver.Remove(last[0], Time{});
  solver.Solve(Time{});
  EXPECT_EQ(solver.rate(last[1]), GigabytesPerSecond(5));
  EXPECT_LE(solver.settled_links() - before, 4);
}

}  // namespace
}  // namespace tessera
