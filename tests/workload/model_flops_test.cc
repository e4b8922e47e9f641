#include "workload/model_flops.h"

#include <gtest/gtest.h>

#include "tests/workload/models.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

TEST(ModelFlopsTest, KnownAnswerFlopsGpt3Iteration) {
  const double tokens = 1536.0 * 2048;
  const double with = TrainingFlopsPerToken(Gpt3(), 2048, FlopsConvention::kWithRecompute) * tokens;
  const double without = TrainingFlopsPerToken(Gpt3(), 2048, FlopsConvention::kModel) * tokens;
  EXPECT_NEAR(with / 4.51097075332e+18, 1, 1e-9);
  EXPECT_NEAR(without / 3.38619674639e+18, 1, 1e-9);
}

TEST(ModelFlopsTest, CausalCountHalvesTheScoresOnly) {
  const double full = TrainingFlopsPerToken(Gpt3(), 2048, FlopsConvention::kModel);
  const double causal = TrainingFlopsPerToken(Gpt3(), 2048, FlopsConvention::kModelCausal);
  EXPECT_DOUBLE_EQ(full - causal, 3 * 96 * 2.0 * 12288 * 2048);
}

TEST(ModelFlopsTest, DenseTokensCostTwoFlopsPerMatrixParameter) {
  const ParameterCounts count = CountParameters(Llama70b());
  const ForwardFlops flops = ForwardFlopsPerToken(Llama70b(), 0);
  const double norms = 81.0 * 2 * 8192 - 8192;
  EXPECT_DOUBLE_EQ(flops.layers + flops.head, 2 * (count.total - count.embedding - norms));
}

TEST(ModelFlopsTest, SparseTokensCostTheirActiveExperts) {
  const ParameterCounts count = CountParameters(DeepSeekV3());
  const ForwardFlops flops = ForwardFlopsPerToken(DeepSeekV3(), 0);
  EXPECT_NEAR((flops.layers + flops.head) / (2 * (count.active - count.embedding)), 1, 1e-4);
}

TEST(ModelFlopsTest, SlidingWindowsCapTheVisibleKeys) {
  ModelSpec m = Llama70b();
  m.sliding_window = 1024;
  m.full_attention_every = 2;
  const double saved =
      ForwardFlopsPerToken(Llama70b(), 4096).layers - ForwardFlopsPerToken(m, 4096).layers;
  EXPECT_DOUBLE_EQ(saved, 40 * 4.0 * 64 * 128 * (4096 - 1024));
}

TEST(ModelFlopsTest, MultiTokenPredictionAddsALayerAndAnOutputLayer) {
  const ModelSpec m = DeepSeekV3();
  const double without = TrainingFlopsPerToken(m, 4096, FlopsConvention::kModelCausal);
  const double with = TrainingFlopsPerToken(m, 4096, FlopsConvention::kModelCausal, 1);
  EXPECT_GT(with - without, 3 * 2.0 * 7168 * 129280);
  EXPECT_LT(with / without, 1.1);
}

}  // namespace
}  // namespace tessera
