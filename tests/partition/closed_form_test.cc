// The closed form against the programs of the same plan executed without contention.
#include "partition/closed_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/rank_order.h"
#include "partition/plan_choice.h"
#include "partition/uncontended.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

double Ratio(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  const auto job = Lower(scenario, chip, /*ignore_fit=*/true);
  EXPECT_THAT(job, IsOk());
  const RankMap map(job->plan, RanksOf(scenario));
  const CommunicationEstimate estimate(scenario.system, job->plan, RanksOf(scenario));
  const UncontendedTime executed = ExecuteUncontended(*job, map, estimate);
  const auto cost = ClosedForm(scenario, chip).Evaluate(scenario.plan);
  EXPECT_THAT(cost, IsOk());
  return ToSeconds(cost->step) / ToSeconds(executed.makespan);
}

TEST(ClosedForm, EqualsExecutionWithoutAPipeline) {
  for (const bool split : {false, true}) {
    EXPECT_NEAR(Ratio(Gpt3Training({.tensor = 8, .sequence_parallel = split}, 8, 4)), 1, 1e-6);
  }
}

TEST(ClosedForm, FollowsThePipelineSchedules) {
  using enum PipelineSchedule;
  for (const PipelineSchedule schedule : {kGpipe, kOneForwardOneBackward}) {
    EXPECT_NEAR(Ratio(Gpt3Training({.tensor = 8, .pipeline = 8, .schedule = schedule}, 64, 32)), 1,
                0.03);
  }
  EXPECT_NEAR(Ratio(Gpt3Training({.tensor = 8, .pipeline = 8, .virtual_stages = 3}, 64, 64)), 1,
              0.03);
}

TEST(ClosedForm, AddsUnhiddenGradientTraffic) {
  ScenarioSpec scenario = Gpt3Training({.tensor = 8, .recompute = Recompute::kFull}, 64, 64);
  scenario.system.chip.year = 2020;
  scenario.software.framework = "megatron";
  EXPECT_NEAR(Ratio(scenario), 1, 0.01);
  scenario.plan.zero_stage = 1;
  EXPECT_NEAR(Ratio(scenario), 1, 0.01);
}

// Tensor groups that lie across nodes wait for the slower tier.
TEST(ClosedForm, TheOrderOfRanksDecidesTheTiers) {
  const ScenarioSpec scenario = Gpt3Training({.tensor = 8, .pipeline = 2}, 64, 64);
  const FakeChip chip(scenario.system.chip);
  ClosedForm closed_form(scenario, chip);
  PlanSpec plan = scenario.plan;
  const auto near = closed_form.Evaluate(plan);
  plan.rank_order = *ParseRankOrder("dp-pp-cp-tp");
  const auto far = closed_form.Evaluate(plan);
  ASSERT_THAT(near, IsOk());
  ASSERT_THAT(far, IsOk());
  EXPECT_GT(far->exposed, 5 * near->exposed);
  EXPECT_LT(far->data, near->data);
}

TEST(ChoosePlan, TakesTheFastestThatFits) {
  const ScenarioSpec scenario =
      Gpt3Training({.tensor = 8, .pipeline = 8, .sequence_parallel = true}, 64, 64);
  const FakeChip chip(scenario.system.chip);
  const OpenParts open = {
      .virtual_stages = true, .micro_batch = true, .recompute = true, .zero_stage = true};
  const auto plan = ChoosePlan(scenario, chip, open);
  ASSERT_THAT(plan, IsOk());
  ClosedForm closed_form(scenario, chip);
  const auto best = closed_form.Evaluate(*plan);
  ASSERT_THAT(best, IsOk());
  EXPECT_TRUE(best->fits);
  for (const int v : {1, 2, 3, 4}) {
    PlanSpec other = *plan;
    other.virtual_stages = v;
    const auto cost = closed_form.Evaluate(other);
    if (!cost.ok() || !cost->fits) continue;
    EXPECT_LE(best->step, cost->step);
  }
}

TEST(ChoosePlan, KeepsWhatIsFixed) {
  const ScenarioSpec scenario =
      Gpt3Training({.tensor = 8, .pipeline = 8, .virtual_stages = 2, .micro_batch = 2}, 64, 64);
  const FakeChip chip(scenario.system.chip);
  const auto plan = ChoosePlan(scenario, chip, {.recompute = true});
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->virtual_stages, 2);
  EXPECT_EQ(plan->micro_batch, 2);
}

}  // namespace
}  // namespace tessera
