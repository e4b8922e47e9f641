#include "partition/plan_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "partition/plan_choice.h"
#include "partition/plan_evaluator.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(PlanSpace, HasEveryCombinationOnce) {
  const ScenarioSpec scenario = Gpt3Training({}, 16, 32);
  SearchSpec search;
  search.tensor = {1, 2, 8};
  search.pipeline = {1, 2};
  search.virtual_stages = {1, 2};
  search.zero_stage = {0, 3};
  search.recompute = {Recompute::kFull};
  search.micro_batch = {1, 2, 4};
  const PlanSpace space(scenario, search);
  EXPECT_EQ(space.size(), 3 * 2 * 2 * 2 * 3 * 2) << "sequence parallelism off and on";
  std::set<PlanSpace::Choice> seen;
  for (int64_t i = 0; i < space.size(); ++i) {
    EXPECT_TRUE(seen.insert(space.ChoiceOf(i)).second);
    EXPECT_EQ(space.At(i).recompute, Recompute::kFull);
  }
}

TEST(PlanSpace, LeavesOutPartsToTheUsualValues) {
  const PlanSpace space(Gpt3Training({}, 16, 32), SearchSpec{});
  EXPECT_THAT(space.ValuesOf(PlanPart::kTensor), testing::ElementsAre(1, 2, 4, 8, 16));
  EXPECT_THAT(space.ValuesOf(PlanPart::kMicroBatch), testing::ElementsAre(1, 2, 4, 8, 16));
  EXPECT_THAT(space.ValuesOf(PlanPart::kContext), testing::ElementsAre(1));
  EXPECT_EQ(PlanValueText(PlanPart::kSchedule, static_cast<int>(PipelineSchedule::kZbH1)), "zb_h1");
}

TEST(ChooseWholePlan, FindsNothingFasterThatFits) {
  const ScenarioSpec scenario = Gpt3Training({.tensor = 0}, 64, 64);
  const FakeChip chip(scenario.system.chip);
  const auto chosen = ChooseWholePlan(scenario, chip);
  ASSERT_THAT(chosen, IsOk());
  PlanEvaluator evaluator(scenario, chip);
  const auto time = evaluator.Time(*chosen);
  ASSERT_THAT(time, IsOk());
  EXPECT_LE(evaluator.Memory(*chosen).total, evaluator.Memory(*chosen).capacity);
  const PlanSpace space(scenario, SearchSpec{});
  for (int64_t i = 0; i < space.size(); i += 97) {
    const auto plan = evaluator.Complete(space.At(i));
    if (!plan.ok()) continue;
    const MemoryUse memory = evaluator.Memory(*plan);
    if (memory.total > memory.capacity) continue;
    EXPECT_GE(evaluator.Time(*plan)->step, time->step);
  }
  const auto job = Lower(scenario, chip, /*ignore_fit=*/false);
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->plan.tensor, chosen->tensor);
}

TEST(ChooseWholePlan, SaysWhatTheSmallestNeeds) {
  const ScenarioSpec scenario = Gpt3Training({.tensor = 0}, 8, 8);
  const FakeChip chip(scenario.system.chip);
  EXPECT_THAT(ChooseWholePlan(scenario, chip), FailsContaining("no plan fits; the smallest one"));
}

TEST(ChooseWholePlan, ChoosesForInferenceToo) {
  ScenarioSpec scenario = SparseInference({.tensor = 0}, 8, 16);
  const FakeChip chip(scenario.system.chip);
  EXPECT_THAT(ChooseWholePlan(scenario, chip), IsOk());
}

}  // namespace
}  // namespace tessera
