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
  const std::string text = ExplainPlan(scenario, *job);
  EXPECT_THAT(text, HasSubstr("64 = tensor 8 x context 1 x data 2 x pipeline 4"));
  EXPECT_THAT(text, HasSubstr("embedding 0-23"));
  EXPECT_THAT(text, HasSubstr("72-95 output"));
  EXPECT_THAT(text, HasSubstr("memory of rank 0"));
  EXPECT_THAT(text, HasSubstr("reduce_scatter  shard"));
  // A layer's all-reduces stay inside the node: 8 micro-batches of 24 layers, two each.
  EXPECT_THAT(text, HasSubstr("384     50331648"));
}

}  // namespace
}  // namespace tessera
