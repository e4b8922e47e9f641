// Which exchange kernels sparse layers use, and what they send.
#include "partition/expert_exchange.h"

#include <gtest/gtest.h>

#include <numeric>

#include "partition/closed_form.h"
#include "partition/partition.h"
#include "partition/uncontended.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"
#include "workload/expert_routing.h"

namespace tessera {
namespace {

using std::chrono::microseconds;

// Both families; the low-latency ones send a copy an expert.
ExchangeKernelSpec Kernels() {
  ExchangeKernelSpec kernels;
  kernels.name = "kernels";
  kernels.families.resize(2);
  kernels.families[1].mode = ExchangeMode::kHighThroughput;
  kernels.families[1].copies = CopyRule::kNode;
  kernels.families[1].cores = 20;
  for (ExchangeFamily& family : kernels.families) {
    family.scale_up.dispatch_start = family.scale_up.combine_start = microseconds(10);
    family.scale_out = ExchangeLeg{};
    family.scale_out->dispatch_start = family.scale_out->combine_start = microseconds(20);
  }
  return kernels;
}

ScenarioSpec Decode(const PlanSpec& plan, int chips, int64_t batch) {
  ScenarioSpec scenario = SparseInference(plan, chips, batch);
  std::get<InferenceJob>(scenario.job).decode_only = true;
  scenario.nodes = (chips + 7) / 8;
  scenario.software.exchange = Kernels();
  return scenario;
}

ScenarioSpec Training(const PlanSpec& plan, int chips) {
  ScenarioSpec scenario = Decode(plan, chips, 1);
  const TrainingJob job{.sequence = 1024, .global_batch = chips, .precision = PrecisionPlan{}};
  SetJob(job, scenario);
  return scenario;
}

LoweredJob LowerOrDie(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  absl::StatusOr<LoweredJob> job = Lower(scenario, chip, /*ignore_fit=*/true);
  EXPECT_THAT(job, IsOk());
  return *std::move(job);
}

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(ExpertExchange, DecodeTakesLowLatencyKernelsAndAllElseTheOthers) {
  ScenarioSpec scenario = Decode({.expert = 8}, 8, 64);
  for (const TokenExchange& tokens : LowerOrDie(scenario).programs.token_exchanges) {
    EXPECT_EQ(tokens.mode, ExchangeMode::kLowLatency);
  }
  std::get<InferenceJob>(scenario.job).decode_only = false;
  std::vector<int> of_mode(2);
  for (const TokenExchange& tokens : LowerOrDie(scenario).programs.token_exchanges) {
    ++of_mode[static_cast<size_t>(tokens.mode)];
  }
  EXPECT_GT(of_mode[0], 0);
  EXPECT_GT(of_mode[1], 0);
  for (const TokenExchange& tokens :
       LowerOrDie(Training({.expert = 8}, 8)).programs.token_exchanges) {
    EXPECT_EQ(tokens.mode, ExchangeMode::kHighThroughput);
  }
}

TEST(ExpertExchange, WithoutKernelsTheLibraryMovesTheSameMatrix) {
  ScenarioSpec scenario = Decode({.expert = 8}, 8, 64);
  scenario.moe_routing.kind = MoeRoutingSpec::Kind::kUniform;
  const LoweredJob kernels = LowerOrDie(scenario);
  scenario.software.exchange = {};
  const LoweredJob library = LowerOrDie(scenario);
  EXPECT_TRUE(library.programs.token_exchanges.empty());
  EXPECT_EQ(kernels.programs.token_exchanges.size(), kernels.programs.matrices.size());
  EXPECT_EQ(kernels.programs.matrices, library.programs.matrices);
}

TEST(ExpertExchange, LocalExpertsExchangeNothing) {
  const LoweredJob job = LowerOrDie(Decode({.tensor = 4, .expert = 4}, 4, 8));
  EXPECT_TRUE(job.programs.token_exchanges.empty());
}

// 8 tokens a rank, 2 experts each.
TEST(ExpertExchange, TheRuleSaysHowManyCopiesTravel) {
  ScenarioSpec scenario = Decode({.expert = 8}, 8, 64);
  for (const auto kind : {MoeRoutingSpec::Kind::kBalanced, MoeRoutingSpec::Kind::kUniform}) {
    scenario.moe_routing.kind = kind;
    const LoweredJob by_expert = LowerOrDie(scenario);
    EXPECT_NEAR(Sum(by_expert.programs.token_exchanges[0].copies), 64 * 2, 1e-9);
  }
  // Balanced routing of few tokens is drawn, of many the mean: never more copies than experts.
  scenario.software.exchange.families[0].copies = CopyRule::kRank;
  std::get<InferenceJob>(scenario.job).batch = 1024;
  scenario.moe_routing.kind = MoeRoutingSpec::Kind::kBalanced;
  const MoeSpec& moe = *scenario.model.moe;
  EXPECT_NEAR(Sum(LowerOrDie(scenario).programs.token_exchanges[0].copies),
              1024 * ExpectedDistinctGroups(moe, 8), 1e-6);
}

TEST(ExpertExchange, ForwardedCopiesReachEveryNodeOnce) {
  ScenarioSpec scenario = Training({.expert = 16}, 16);
  scenario.model.moe->experts = 16;
  const LoweredJob open = LowerOrDie(scenario);
  const TokenExchange& tokens = open.programs.token_exchanges.at(0);
  EXPECT_EQ(tokens.copies.size(), 256u);
  EXPECT_EQ(tokens.node_copies.size(), 32u);
  // Of 16 experts on 2 nodes, 2 lie on one with chance 7/15.
  EXPECT_NEAR(Sum(tokens.node_copies), 16 * 1024 * (1 + 8.0 / 15), 1e-6);
  scenario.moe_routing.max_nodes_per_token = 1;
  const LoweredJob limited = LowerOrDie(scenario);
  EXPECT_NEAR(Sum(limited.programs.token_exchanges.at(0).node_copies), 16 * 1024, 1e-6);
  EXPECT_NEAR(Sum(limited.programs.token_exchanges.at(0).copies), 16 * 1024 * 2, 1e-6);
}

TEST(ExpertExchange, DispatchIsNarrowWhereKernelsAndExpertsAreSo) {
  ScenarioSpec scenario = Decode({.expert = 8}, 8, 64);
  const auto bytes = [&scenario](size_t exchange) {
    return LowerOrDie(scenario).programs.token_exchanges.at(exchange).bytes_per_copy;
  };
  scenario.software.exchange.families[0].narrow_dispatch = true;
  EXPECT_EQ(bytes(0), 2 * 1024);
  std::get<InferenceJob>(scenario.job).precision.compute = Precision::kFp8;
  EXPECT_EQ(bytes(0), 1024 * (1 + 4.0 / 128));
  EXPECT_EQ(bytes(1), 2 * 1024) << "combine";
}

TEST(ExpertExchange, TwoHalvesLoseTheCoresOfTheKernels) {
  ScenarioSpec scenario = SparseInference({.expert = 8, .overlap_expert = true}, 8, 64);
  std::get<InferenceJob>(scenario.job).output_tokens = 0;
  scenario.software.exchange = Kernels();
  const auto compute = [](const LoweredJob& job) {
    Duration sum{};
    for (const Instruction& i : job.programs.programs[0].instructions) {
      if (i.kind == InstructionKind::kCompute) sum += i.duration;
    }
    return ToSeconds(sum);
  };
  const double beside = compute(LowerOrDie(scenario));
  scenario.software.exchange.families[1].cores = 0;
  const double alone = compute(LowerOrDie(scenario));
  EXPECT_GT(beside, 1.05 * alone);  // 20 of 100 cores, while layers run.
  EXPECT_LE(beside, 1.2501 * alone);
}

TEST(ExpertExchange, KernelsThatCannotServeTheGroupAreARuleOfThePlan) {
  ScenarioSpec scenario = Decode({.expert = 16}, 16, 64);
  scenario.model.moe->experts = 16;
  scenario.software.exchange.families[0].scale_out.reset();
  const FakeChip chip(scenario.system.chip);
  EXPECT_THAT(Lower(scenario, chip, true),
              FailsWith("plan: expert 16 spreads over 2 nodes, and exchange kernels kernels stay "
                        "inside one; accepted: expert up to 8, or other kernels"));
  scenario.software.exchange = Kernels();
  scenario.model.moe->experts = 12;
  scenario.plan.expert = 12;
  scenario.chips = 12;
  EXPECT_THAT(Lower(scenario, chip, true), IsOk()) << "decode forwards nothing";
  std::get<InferenceJob>(scenario.job).decode_only = false;
  EXPECT_THAT(Lower(scenario, chip, true),
              FailsWith("plan: expert 12 does not fill 2 nodes of 8, inside which exchange kernels "
                        "kernels forward; accepted: a multiple of 8, or other kernels"));
}

TEST(ExpertExchange, TheClosedFormKnowsTheKernels) {
  ScenarioSpec scenario = Training({.expert = 16}, 16);
  scenario.model.moe->experts = 16;
  const FakeChip chip(scenario.system.chip);
  const auto closed = [&] {
    const auto cost = ClosedForm(scenario, chip).Evaluate(scenario.plan);
    EXPECT_THAT(cost, IsOk());
    return *cost;
  };
  const auto executed = [&] {
    const LoweredJob job = LowerOrDie(scenario);
    const RankMap map(job.plan, RanksOf(scenario));
    const CommunicationEstimate estimate(scenario.system, job.plan, RanksOf(scenario));
    return ExecuteUncontended(job, map, estimate).makespan;
  };
  const PlanCost fast = closed();
  const Duration before = executed();
  // 4 layers, dispatch and combine forwards and backwards.
  scenario.software.exchange.families[1].scale_out->dispatch_start += microseconds(100);
  scenario.software.exchange.families[1].scale_out->combine_start += microseconds(50);
  EXPECT_EQ(closed().passes - fast.passes, 4 * 2 * microseconds(150));
  EXPECT_EQ(executed() - before, 4 * 2 * microseconds(150));
}

}  // namespace
}  // namespace tessera
