// The whole way from a scenario to a result, with the shipped descriptions.
#include "nodes/simulation.h"

#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<SimulationResult> RunScenario(const std::string& text,
                                             const SimulationOptions& options = {}) {
  const Catalog catalog("configs");
  const auto scenario = catalog.ParseScenario(text, "test.yaml");
  if (!scenario.ok()) return scenario.status();
  return Simulate(*scenario, options);
}

Duration SumOf(const TimeBreakdown& breakdown) {
  Duration sum = breakdown.idle;
  for (const Duration d : breakdown.compute) sum += d;
  for (const Duration d : breakdown.exposed_communication) sum += d;
  return sum;
}

constexpr char kDecode[] = R"(
system: dgx_h100
model: llama3p1_8b
inference: {batch: 16, prompt_tokens: 512, output_tokens: 9}
plan: {tensor: 8}
)";

TEST(Simulation, InferenceEndsWithAHeadlineAndABottleneck) {
  const auto result = RunScenario(kDecode);
  ASSERT_THAT(result, IsOk());
  ASSERT_TRUE(result->headline.time_to_first_token.has_value());
  ASSERT_TRUE(result->headline.time_per_output_token.has_value());
  EXPECT_GT(*result->headline.time_to_first_token, *result->headline.time_per_output_token);
  EXPECT_EQ(SumOf(result->breakdown), result->makespan);
  EXPECT_GE(result->makespan, result->lower_bound);
  EXPECT_GT(result->lower_bound, Duration::zero());
  EXPECT_FALSE(result->bottleneck.empty());
  ASSERT_EQ(result->tiers.size(), 1);
  EXPECT_GT(result->tiers[0].bytes, Bytes());
  EXPECT_FALSE(result->collectives.empty());
}

TEST(Simulation, EqualScenariosGiveEqualResults) {
  const auto once = RunScenario(kDecode);
  const auto again = RunScenario(kDecode);
  ASSERT_THAT(once, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(once->makespan, again->makespan);
  EXPECT_EQ(once->events, again->events);
}

TEST(Simulation, APipelineOfTrainingHasBubbles) {
  const auto result = RunScenario(R"(
system: dgx_a100
model: llama3p1_8b
training: {sequence: 1024, global_batch: 8}
plan: {tensor: 2, pipeline: 4, micro_batch: 1}
)");
  ASSERT_THAT(result, IsOk());
  EXPECT_GT(result->breakdown.waiting[static_cast<size_t>(Axis::kPipeline)], Duration::zero());
  EXPECT_EQ(SumOf(result->breakdown), result->makespan);
  ASSERT_TRUE(result->headline.mfu.has_value());
  EXPECT_GT(*result->headline.mfu, 0.1);
  EXPECT_LT(*result->headline.mfu, 1);
}

// Two nodes of eight: either the tensor groups or the pipelines lie inside a node.
TEST(Simulation, TheOrderOfRanksMovesTrafficBetweenTiers) {
  const auto run = [](const std::string& order) {
    return RunScenario(R"(
system: dgx_a100
nodes: 2
model: llama3p1_8b
training: {sequence: 2048, global_batch: 16}
plan: {tensor: 8, pipeline: 2, micro_batch: 1, virtual_stages: 2, recompute: selective, rank_order: )" +
                       order + "}\n");
  };
  const auto usual = run("tp-cp-dp-pp");
  const auto turned = run("pp-tp-cp-dp");
  ASSERT_THAT(usual, IsOk());
  ASSERT_THAT(turned, IsOk());
  const auto between_nodes = [](const SimulationResult& result) {
    for (const TierSummary& tier : result.tiers) {
      if (tier.tier == Tier::kScaleOut) return tier.bytes;
    }
    return Bytes();
  };
  EXPECT_GT(between_nodes(*turned), 4 * between_nodes(*usual));
  EXPECT_GT(turned->makespan, usual->makespan);
}

TEST(Simulation, ACollectiveJobHasBandwidths) {
  const auto result = RunScenario(R"(
system: dgx_h100
collective: {operation: all_reduce, bytes: 1 GiB}
)");
  ASSERT_THAT(result, IsOk());
  EXPECT_GT(*result->headline.bus_bandwidth, 100e9);
  EXPECT_EQ(result->collectives[0].calls, 1);
}

TEST(Simulation, WhatDoesNotFitIsRefusedUnlessToldToGoOn) {
  constexpr char kTooLarge[] = R"(
system: dgx_a100
model: llama3p1_405b
inference: {batch: 1, prompt_tokens: 64, output_tokens: 2}
plan: {tensor: 8}
)";
  EXPECT_THAT(RunScenario(kTooLarge), FailsContaining("weights"));
  EXPECT_THAT(RunScenario(kTooLarge, {.ignore_fit = true}), IsOk());
}

}  // namespace
}  // namespace tessera
