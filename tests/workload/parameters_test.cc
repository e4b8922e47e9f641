#include <gtest/gtest.h>

#include "tests/workload/models.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

TEST(ParametersTest, KnownAnswerParamsLlama3_70b) {
  EXPECT_EQ(CountParameters(Llama70b()).total, 70553706496.0);
  EXPECT_EQ(CountParameters(Llama70b()).active, 70553706496.0);
}

TEST(ParametersTest, KnownAnswerParamsDeepseekV3) {
  const ParameterCounts count = CountParameters(DeepSeekV3());
  EXPECT_EQ(count.total, 671026419200.0);
  EXPECT_EQ(count.active, 37552297472.0);
  EXPECT_EQ(count.expert, 44040192.0);
}

TEST(ParametersTest, KnownAnswerKvLlama3_70b_8k) {
  EXPECT_EQ(KvBytesPerToken(Llama70b(), Precision::kBf16), 327680.0);
  EXPECT_EQ(KvBytesPerToken(Llama70b(), Precision::kBf16) * 8192, 2684354560.0);
}

TEST(ParametersTest, KnownAnswerKvDeepseekV3Mla) {
  EXPECT_EQ(KvBytesPerToken(DeepSeekV3(), Precision::kBf16), 70272.0);
}

TEST(ParametersTest, KnownAnswerKvLlama31_405b) {
  ModelSpec m = Llama70b();
  m.layers = 126;
  m.heads = 128;
  EXPECT_EQ(KvBytesPerToken(m, Precision::kBf16), 516096.0);
}

TEST(ParametersTest, AnFp8CacheIsHalfAsLarge) {
  EXPECT_EQ(KvBytesPerToken(Llama70b(), Precision::kFp8), 163840.0);
}

TEST(ParametersTest, TiedEmbeddingsCountOnce) {
  ModelSpec m = Llama70b();
  const double untied = CountParameters(m).total;
  m.tied_embeddings = true;
  EXPECT_EQ(untied - CountParameters(m).total, 128256.0 * 8192);
}

TEST(ParametersTest, SparseLayersFollowTheDenseOnes) {
  const ModelSpec m = DeepSeekV3();
  EXPECT_FALSE(IsMoeLayer(m, 2));
  EXPECT_TRUE(IsMoeLayer(m, 3));
  EXPECT_TRUE(IsMoeLayer(m, 60));
  EXPECT_FALSE(IsMoeLayer(Llama70b(), 60));
}

TEST(ParametersTest, SparseLayersMayAlternate) {
  ModelSpec m = DeepSeekV3();
  m.moe->moe_every = 2;
  EXPECT_FALSE(IsMoeLayer(m, 0));
  EXPECT_TRUE(IsMoeLayer(m, 1));
  EXPECT_FALSE(IsMoeLayer(m, 2));
}

}  // namespace
}  // namespace tessera
