// Prices of the published evaluator for Megatron 22B on 8 A100 (its system a100_80g without a
// second memory tier, batch 4, no overlap).
#include "partition/tabulated_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tessera {
namespace {

TabulatedModel Megatron22b() {
  return {.hidden = 6144,
          .feedforward = 24576,
          .sequence = 2048,
          .heads = 64,
          .head_size = 96,
          .blocks = 48};
}

TabulatedMachine EightA100() {
  constexpr double kGiga = 1e9;
  constexpr double kMega = 1e6;
  TabulatedNetwork inside{
      .bytes_per_second = 300e9 * 0.65, .latency_seconds = 1e-5, .size = 8, .must_be_filled = true};
  inside.factors = {{{1, 0}, {1.5, -1}, {1.5, -1}, {2, -1}}};
  const TabulatedNetwork outside{
      .bytes_per_second = 25e9 * 0.9, .latency_seconds = 2e-5, .size = 65536};
  return {.matrix = {312e12, {{128 * kGiga, 0.95}, {16 * kGiga, 0.9}, {kGiga, 0.6}, {0, 0.1}}},
          .vector = {78e12, {{16 * kGiga, 0.95}, {kGiga, 0.5}, {0, 0.1}}},
          .memory = {2048e9, {{100 * kMega, 0.9}, {10 * kMega, 0.75}, {kMega, 0.6}, {0, 0.3}}},
          .memory_bytes = 80.0 * (1 << 30),
          .networks = {inside, outside}};
}

struct Priced {
  TabulatedPlan plan;
  double seconds;
  double memory_bytes;
};

TEST(TabulatedPlan, PricesArePublishedOnes) {
  const Priced rows[] = {
      {{.tensor = 2,
        .pipeline = 4,
        .batch = 4,
        .recompute = Recompute::kSelective,
        .interleaving = 12},
       0.8644035,
       5.59567831e10},
      {{.tensor = 4,
        .pipeline = 2,
        .batch = 4,
        .micro_batch = 2,
        .interleaving = 24,
        .traffic = TensorTraffic::kSplit,
        .gathers_again = true},
       0.889101948,
       8.57326715e10},
      {{.tensor = 2,
        .pipeline = 2,
        .data = 2,
        .data_network = 1,
        .batch = 4,
        .micro_batch = 2,
        .recompute = Recompute::kFull,
        .interleaving = 8,
        .shards_optimizer = true,
        .traffic = TensorTraffic::kSplitBetweenStages},
       2.8860312,
       5.47829924e10},
  };
  for (const Priced& row : rows) {
    const TabulatedCost cost = CostOfTabulated(row.plan, Megatron22b(), EightA100());
    EXPECT_NEAR(cost.seconds / row.seconds, 1, 1e-7);
    EXPECT_NEAR(cost.memory_bytes / row.memory_bytes, 1, 1e-7);
    EXPECT_DOUBLE_EQ(cost.samples_per_second, 4 / cost.seconds);
    EXPECT_TRUE(FitsNetworks(row.plan, EightA100()));
  }
}

TEST(TabulatedPlan, TheSpaceHasAsManyPlansAsThePublishedOneAndTheSameBest) {
  const TabulatedModel model = Megatron22b();
  const TabulatedMachine machine = EightA100();
  int evaluated = 0;
  int feasible = 0;
  double best = 0;
  VisitTabulatedPlans({.processors = 8, .max_batch = 4}, model, machine,
                      [&](const TabulatedPlan& plan) {
                        ++evaluated;
                        if (!FitsNetworks(plan, machine)) return;
                        const TabulatedCost cost = CostOfTabulated(plan, model, machine);
                        if (cost.memory_bytes > machine.memory_bytes) return;
                        ++feasible;
                        best = std::max(best, cost.samples_per_second);
                      });
  EXPECT_EQ(evaluated, 7018);
  EXPECT_EQ(feasible, 3102);
  EXPECT_NEAR(best, 4.62746854, 1e-6);
}

TEST(TabulatedPlan, GroupsMustFillANetworkThatAsksForIt) {
  TabulatedMachine machine = EightA100();
  EXPECT_TRUE(FitsNetworks({.tensor = 4}, machine));
  EXPECT_FALSE(FitsNetworks({.tensor = 3}, machine));
  EXPECT_FALSE(FitsNetworks({.tensor = 16}, machine));
  EXPECT_TRUE(FitsNetworks({.tensor = 3, .tensor_network = 1}, machine));
}

}  // namespace
}  // namespace tessera
