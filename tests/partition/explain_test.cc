#include "partition/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::HasSubstr;

TEST(ExplainPlan, NamesPlacementMemoryAndTrafficByTier) {
  const ScenarioSpec scenario = Gpt3Training({.tensor = 8, .pipeline = 4, .zero_stage = 1}, 64, 16);
  const FakeChip chip(scenario.system.chip);
  const auto job = Lower(scenario, chip, /*ignore_fit=*/true);
  ASSERT_THAT(job, IsOk());
  const PlanExplanation explanation = Explain(scenario, *job);
  ASSERT_EQ(explanation.tensors.size(), 4);
  EXPECT_EQ(explanation.tensors[0].memory.total, job->memory.total);
  const std::string text = ExplanationText(explanation);
  EXPECT_THAT(text, HasSubstr("64 = tensor 8 x context 1 x data 2 x pipeline 4"));
  EXPECT_THAT(text, HasSubstr("embedding 0-23"));
  EXPECT_THAT(text, HasSubstr("72-95 output"));
  EXPECT_THAT(text, HasSubstr("reduce_scatter  shard"));
  // A layer's all-reduces stay inside the node: 8 micro-batches of 24 layers, two each.
  EXPECT_THAT(text, HasSubstr("384        2      50331648"));
  for (const StageCommunication& row : explanation.communication) {
    if (row.axis == Axis::kTensor) {
      EXPECT_EQ(row.sent.scale_out, 0) << row.pass;
    }
    if (row.axis == Axis::kPipeline) {
      EXPECT_EQ(row.sent.scale_up, 0) << row.pass;
    }
  }
}

}  // namespace
}  // namespace tessera
