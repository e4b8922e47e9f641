#include "workload/conditional.h"

#include <gtest/gtest.h>

#include <vector>

namespace tessera {
namespace {

TEST(ConditionalTest, KnownAnswerSpecDecoding) {
  const Speculation speculation = {.accept = 0.8, .drafted = 4, .draft_cost = 0.05};
  EXPECT_NEAR(TokensPerStep(speculation) / 3.3616, 1, 1e-9);
  EXPECT_NEAR(SpeculativeSpeedup(speculation) / 2.80133333333, 1, 1e-9);
}

TEST(ConditionalTest, PerfectDraftsGiveEveryToken) {
  EXPECT_EQ(TokensPerStep({.accept = 1, .drafted = 7}), 8);
}

TEST(ConditionalTest, ABatchExitsOnlyWithItsLastSequence) {
  const std::vector<double> leave(10, 0.5);
  EXPECT_NEAR(MeanLayers(leave), 2 - 1.0 / 512, 1e-12);
  EXPECT_GT(MeanBatchLayers(leave, 32), 3 * MeanLayers(leave));
  EXPECT_LT(MeanBatchLayers(leave, 32), 10);
}

TEST(ConditionalTest, ALayerRunsWhileAnySequenceIsIn) {
  const std::vector<double> chances = LayerChances({0.5, 0, 1, 0}, 2);
  EXPECT_EQ(chances, std::vector<double>({1, 0.75, 0.75, 0}));
}

TEST(ConditionalTest, NobodyLeavingRunsEveryLayer) {
  const std::vector<double> leave(12, 0.0);
  EXPECT_EQ(MeanLayers(leave), 12);
  EXPECT_EQ(MeanBatchLayers(leave, 8), 12);
}

}  // namespace
}  // namespace tessera
