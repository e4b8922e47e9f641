// What selective recomputation adds to the passes of a layer.
#include "partition/selective_recompute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/plan_context.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"

namespace tessera {
namespace {

std::vector<std::string> Repeated(const std::string& framework, ExecutionStyle style) {
  ScenarioSpec scenario = Gpt3Training({.tensor = 8, .recompute = Recompute::kSelective}, 8, 4);
  scenario.system.chip.style = style;
  scenario.software.framework = framework;
  const FakeChip chip(scenario.system.chip);
  const auto plan = CompletePlan(scenario);
  EXPECT_TRUE(plan.ok()) << plan.status();
  const PlanContext context(scenario, chip, *plan);
  ShardShape shape;
  shape.batch = 1;
  shape.q_len = shape.kv_len = 2048;
  shape.tensor = 8;
  shape.training = true;
  std::vector<std::string> names;
  for (const auto& block :
       {AttentionForward(scenario.model, shape), MlpForward(scenario.model, shape)}) {
    for (const Operator& op : RepeatedBySelective(context.context, block)) {
      names.emplace_back(op.category == OperatorClass::kAttentionCore ? "core" : op.name);
    }
  }
  return names;
}

TEST(SelectiveRecompute, RepeatsCheapPassesWhereScoresAreNotKept) {
  EXPECT_THAT(Repeated("megatron", ExecutionStyle::kSimt),
              testing::ElementsAre("norm", "norm", "activation"));
  EXPECT_THAT(Repeated("maxtext", ExecutionStyle::kSimt),
              testing::ElementsAre("norm", "norm", "activation"));
}

TEST(SelectiveRecompute, KeepsOnlyProjectionsOfAttentionInRecipesOfTpus) {
  EXPECT_THAT(Repeated("maxtext", ExecutionStyle::kSystolic),
              testing::ElementsAre("norm", "core", "norm", "up_projection", "activation"));
}

}  // namespace
}  // namespace tessera
