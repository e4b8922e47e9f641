#include "fabric/max_min_solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

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
