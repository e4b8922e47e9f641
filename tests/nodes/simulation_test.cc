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

constexpr char kSparseDecode[] = R"(
system: dgx_h100
nodes: 2
model: deepseek_v3_r1_671b
inference: {batch: 512, prompt_tokens: 64, output_tokens: 1, decode_only: true}
plan: {expert: 16}
moe_routing: uniform
)";

CollectiveSummary ExpertRow(const SimulationResult& result) {
  for (const CollectiveSummary& row : result.collectives) {
    if (row.axis == Axis::kExpert) return row;
  }
  return {};
}

TEST(Simulation, SlowerExchangeKernelsMakeLongerStepsOfEqualBytes) {
  const std::string kernels = std::string(kSparseDecode) + "software: {exchange: deepep_v1}\n";
  const auto run = [&kernels](const std::vector<std::string>& changes) {
    const auto scenario = Catalog("configs").ParseScenario(kernels, "test.yaml", changes);
    EXPECT_THAT(scenario, IsOk());
    auto result = Simulate(*scenario, {.ignore_fit = true});
    EXPECT_THAT(result, IsOk());
    return *std::move(result);
  };
  const SimulationResult fast = run({});
  EXPECT_EQ(ExpertRow(fast).algorithm, "deepep_v1 low-latency");
  EXPECT_GE(fast.makespan, fast.lower_bound);
  const std::string out = "software.exchange.families[0].scale_out.";
  const SimulationResult late = run({out + "dispatch_start=118 us"});
  const SimulationResult slow = run({out + "efficiency=0.5"});
  const SimulationResult both = run({out + "efficiency=0.5", out + "dispatch_start=118 us"});
  // One step of 58 sparse layers, each of which starts 100 us later.
  EXPECT_EQ(late.makespan - fast.makespan, 58 * std::chrono::microseconds(100));
  EXPECT_EQ(both.makespan - slow.makespan, 58 * std::chrono::microseconds(100));
  EXPECT_GT(slow.makespan, fast.makespan);
  for (const SimulationResult* other : {&late, &slow}) {
    ASSERT_EQ(other->tiers.size(), fast.tiers.size());
    for (size_t i = 0; i < fast.tiers.size(); ++i) {
      EXPECT_EQ(other->tiers[i].bytes, fast.tiers[i].bytes);
    }
    EXPECT_EQ(ExpertRow(*other).bytes_per_call, ExpertRow(fast).bytes_per_call);
  }
}

TEST(Simulation, ExchangeKernelsMoveWhatTheLibraryWouldMove) {
  const auto library = RunScenario(kSparseDecode, {.ignore_fit = true});
  const auto kernels = RunScenario(std::string(kSparseDecode) + "software: {exchange: deepep_v1}\n",
                                   {.ignore_fit = true});
  ASSERT_THAT(library, IsOk());
  ASSERT_THAT(kernels, IsOk());
  EXPECT_NE(library->makespan, kernels->makespan);
  for (size_t i = 0; i < library->tiers.size(); ++i) {
    EXPECT_EQ(library->tiers[i].bytes, kernels->tiers[i].bytes);
  }
}

TEST(Simulation, ExchangeKernelsGiveEqualResultsOnThreads) {
  const auto scenario = Catalog("configs").ParseScenario(
      std::string(kSparseDecode) + "software: {exchange: deepep_v1}\n", "test.yaml");
  ASSERT_THAT(scenario, IsOk());
  const auto whole = Simulate(*scenario, {.ignore_fit = true});
  const auto divided = SimulateOnThreads(*scenario, {.ignore_fit = true}, 3);
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(divided, IsOk());
  EXPECT_EQ(divided->makespan, whole->makespan);
  ASSERT_EQ(divided->tiers.size(), whole->tiers.size());
  for (size_t i = 0; i < whole->tiers.size(); ++i) {
    EXPECT_EQ(divided->tiers[i].bytes, whole->tiers[i].bytes);
  }
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
