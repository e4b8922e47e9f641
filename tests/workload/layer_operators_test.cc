#include "workload/layer_operators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workload/models.h"
#include "workload/model_flops.h"

namespace tessera {
namespace {

using testing::Contains;
using testing::Field;
using testing::StrEq;

double SumFlops(const std::vector<Operator>& operators) {
  double flops = 0;
  for (const Operator& op : operators) flops += MatrixFlops(op).value();
  return flops;
}

double SumVectorBytes(const std::vector<Operator>& operators) {
  double bytes = 0;
  for (const Operator& op : operators) {
    if (op.kind == OperatorKind::kVector) bytes += static_cast<double>(MinimumBytes(op).count());
  }
  return bytes;
}

std::vector<Operator> Concatenate(std::vector<Operator> a, const std::vector<Operator>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

ShardShape Training(int64_t sequence) {
  ShardShape shape;
  shape.q_len = shape.kv_len = sequence;
  shape.training = true;
  return shape;
}

ShardShape Decode(int64_t batch, int64_t context) {
  ShardShape shape;
  shape.batch = batch;
  shape.q_len = 1;
  shape.kv_len = context;
  shape.phase = AttentionPhase::kDecode;
  return shape;
}

double WholeModel(const ModelSpec& m, const ShardShape& shape) {
  double flops = SumFlops(HeadForward(m, shape, shape.q_len));
  for (int layer = 0; layer < m.layers; ++layer) {
    flops += SumFlops(AttentionForward(m, shape));
    if (!IsMoeLayer(m, layer)) {
      flops += SumFlops(MlpForward(m, shape));
      continue;
    }
    const int64_t copies = shape.batch * shape.q_len * m.moe->experts_per_token;
    const std::vector<int64_t> rows(static_cast<size_t>(m.moe->experts), copies / m.moe->experts);
    flops +=
        SumFlops(RouterForward(m, shape)) + SumFlops(ExpertsForward(m, shape.precision, rows, 1));
  }
  return flops;
}

TEST(LayerOperatorsTest, ForwardOperatorsAddUpToTheModelFlops) {
  const int64_t s = 4096;
  for (const ModelSpec& m : {Llama70b(), Gpt3(), DeepSeekV3()}) {
    const ForwardFlops flops = ForwardFlopsPerToken(m, (static_cast<double>(s) + 1) / 2);
    const double expected = (flops.layers + flops.head) * static_cast<double>(s);
    EXPECT_NEAR(WholeModel(m, Training(s)) / expected, 1, 1e-12) << m.name;
  }
}

TEST(LayerOperatorsTest, UnfusedAttentionComputesTheFullSquare) {
  ShardShape shape = Training(2048);
  shape.fused_attention = false;
  const ForwardFlops flops = ForwardFlopsPerToken(Gpt3(), 2048);
  EXPECT_NEAR(WholeModel(Gpt3(), shape) / ((flops.layers + flops.head) * 2048), 1, 1e-12);
}

TEST(LayerOperatorsTest, BackwardProductsWithWeightsCostTwiceTheForwardOnes) {
  const ShardShape shape = Training(4096);
  EXPECT_DOUBLE_EQ(SumFlops(MlpBackward(Llama70b(), shape)),
                   2 * SumFlops(MlpForward(Llama70b(), shape)));
  EXPECT_DOUBLE_EQ(SumFlops(RouterBackward(DeepSeekV3(), shape)),
                   2 * SumFlops(RouterForward(DeepSeekV3(), shape)));
  EXPECT_DOUBLE_EQ(SumFlops(HeadBackward(Gpt3(), shape, 4096)),
                   2 * SumFlops(HeadForward(Gpt3(), shape, 4096)));
}

TEST(LayerOperatorsTest, FlashBackwardComputesFiveProductsAgainstTwo) {
  ShardShape shape = Training(4096);
  ModelSpec only_core = Llama70b();
  only_core.hidden = 0;  // Leaves the core alone.
  EXPECT_DOUBLE_EQ(SumFlops(AttentionBackward(only_core, shape)),
                   2.5 * SumFlops(AttentionForward(only_core, shape)));
  shape.fused_attention = false;  // Nothing is recomputed.
  EXPECT_DOUBLE_EQ(SumFlops(AttentionBackward(only_core, shape)),
                   2 * SumFlops(AttentionForward(only_core, shape)));
}

// Domain notes 7C: 22 s b h + 16 s b h / t bytes outside the products of a GPT layer.
TEST(LayerOperatorsTest, GptLayerMovesThePublishedBytesOutsideItsProducts) {
  ShardShape shape = Training(2048);
  shape.tensor = 8;
  shape.dropout = true;
  const double sbh = 2048.0 * 12288;
  const std::vector<Operator> layer =
      Concatenate(AttentionForward(Gpt3(), shape), MlpForward(Gpt3(), shape));
  EXPECT_EQ(SumVectorBytes(layer), 22 * sbh + 16 * sbh / 8);
  shape.sequence_parallel = true;
  const std::vector<Operator> split =
      Concatenate(AttentionForward(Gpt3(), shape), MlpForward(Gpt3(), shape));
  EXPECT_EQ(SumVectorBytes(split), (22 + 16) * sbh / 8);
}

TEST(LayerOperatorsTest, OptimizerMovesItsBytesPerParameter) {
  const Operator op = OptimizerStep(1e9, 30);
  EXPECT_EQ(MinimumBytes(op).count(), 30'000'000'000);
  EXPECT_EQ(op.read.count(), 16'000'000'000);
}

TEST(LayerOperatorsTest, TensorRanksSplitProductsAndReplicateFewKeyHeads) {
  ShardShape shape = Training(4096);
  const double whole = SumFlops(AttentionForward(Llama70b(), shape));
  shape.tensor = 8;
  EXPECT_DOUBLE_EQ(SumFlops(AttentionForward(Llama70b(), shape)), whole / 8);
  shape.tensor = 16;  // Eight key heads: two ranks hold the same one.
  EXPECT_GT(SumFlops(AttentionForward(Llama70b(), shape)), whole / 16);
}

TEST(LayerOperatorsTest, ContextRanksShareACausalSquareEvenly) {
  ShardShape shape = Training(8192);
  const double whole = SumFlops(AttentionForward(Llama70b(), shape));
  shape.context = 4;
  EXPECT_NEAR(SumFlops(AttentionForward(Llama70b(), shape)) / (whole / 4), 1, 1e-3);
  ShardShape decode = Decode(16, 8192);
  const auto core_bytes = [&] {
    for (const Operator& op : AttentionForward(Llama70b(), decode)) {
      if (op.kind == OperatorKind::kAttention) return MinimumBytes(op).count();
    }
    return int64_t{0};
  };
  const int64_t one = core_bytes();
  decode.context = 4;
  EXPECT_NEAR(static_cast<double>(core_bytes()) / static_cast<double>(one), 0.25, 0.01);
}

TEST(LayerOperatorsTest, DecodeReadsTheCacheOncePerStep) {
  const ModelSpec m = Llama70b();
  for (const Operator& op : AttentionForward(m, Decode(32, 2048))) {
    if (op.kind != OperatorKind::kAttention) continue;
    const double cache = KvBytesPerToken(m, Precision::kBf16) / m.layers * 32 * 2048;
    const double queries_and_outputs = 2.0 * 32 * 64 * 128 * 2;
    EXPECT_EQ(static_cast<double>(MinimumBytes(op).count()), cache + queries_and_outputs);
  }
}

// Domain notes 2.1: 242 FLOP per byte of cache for DeepSeek-V3.
TEST(LayerOperatorsTest, LatentDecodeIsAbsorbed) {
  const ModelSpec m = DeepSeekV3();
  const std::vector<Operator> layer = AttentionForward(m, Decode(1, 4096));
  EXPECT_THAT(layer, Contains(Field(&Operator::name, StrEq("q_absorb"))));
  EXPECT_THAT(layer, Contains(Field(&Operator::name, StrEq("v_up"))));
  for (const Operator& op : layer) {
    if (op.kind != OperatorKind::kAttention) continue;
    EXPECT_TRUE(op.latent);
    EXPECT_DOUBLE_EQ(MatrixFlops(op).value(), 2.0 * 128 * 4096 * (2 * 512 + 64));
    const double cache = 4096.0 * (512 + 64) * 2;
    EXPECT_NEAR(MatrixFlops(op).value() / cache, 242, 0.5);
  }
}

TEST(LayerOperatorsTest, LatentPrefillExpandsKeysAndValues) {
  ShardShape shape = Training(4096);
  EXPECT_THAT(AttentionForward(DeepSeekV3(), shape),
              Contains(Field(&Operator::name, StrEq("kv_up_projection"))));
}

TEST(LayerOperatorsTest, EmptyExpertsCostNothing) {
  const ModelSpec m = DeepSeekV3();
  const PrecisionPlan plan;
  EXPECT_TRUE(ExpertsForward(m, plan, {0, 0}, 1).empty());
  const std::vector<Operator> one = ExpertsForward(m, plan, {0, 16, 0}, 1);
  const std::vector<Operator> two = ExpertsForward(m, plan, {8, 16, 0}, 1);
  EXPECT_EQ(one[0].groups, 1);
  EXPECT_EQ(two[0].groups, 2);
  EXPECT_EQ(two[0].m, 16);
  EXPECT_EQ(GemmRows(two[0]), 24);
  EXPECT_DOUBLE_EQ(SumFlops(two) / SumFlops(one), 1.5);
}

TEST(LayerOperatorsTest, Fp8ComputeCastsActivationsAndLeavesAttentionAndHeadWide) {
  ShardShape shape = Training(4096);
  shape.precision.compute = Precision::kFp8;
  int casts = 0;
  for (const Operator& op :
       Concatenate(AttentionForward(Llama70b(), shape), MlpForward(Llama70b(), shape))) {
    casts += std::string(op.name) == "cast" ? 1 : 0;
    if (op.kind == OperatorKind::kGemm) {
      EXPECT_EQ(op.compute, Precision::kFp8);
      EXPECT_EQ(op.input, Precision::kFp8);
      EXPECT_EQ(op.weights, Precision::kFp8);
      EXPECT_EQ(op.output, Precision::kBf16);
    }
    if (op.kind == OperatorKind::kAttention) {
      EXPECT_EQ(op.compute, Precision::kBf16);
    }
  }
  EXPECT_EQ(casts, 4);
  for (const Operator& op : HeadForward(Llama70b(), shape, 4096)) {
    EXPECT_EQ(op.compute, Precision::kBf16);
  }
}

// tt-metal's performance setting: 4 bits for gate and up projections, 8 beside them, no casts.
TEST(LayerOperatorsTest, MixedBlockFloatNarrowsOnlyGateAndUpProjections) {
  ShardShape shape = Decode(32, 128);
  shape.precision.compute = shape.precision.weights = Precision::kBfp8Bfp4;
  const std::vector<Operator> layer =
      Concatenate(Concatenate(AttentionForward(Llama70b(), shape), MlpForward(Llama70b(), shape)),
                  HeadForward(Llama70b(), shape, 1));
  int products = 0;
  for (const Operator& op : layer) {
    EXPECT_STRNE(op.name, "cast");
    if (op.kind != OperatorKind::kGemm) continue;
    ++products;
    const bool gate = std::string(op.name) == "up_projection";
    EXPECT_EQ(op.weights, gate ? Precision::kBfp8Bfp4 : Precision::kBfp8) << op.name;
    EXPECT_EQ(op.compute, op.weights) << op.name;
    EXPECT_EQ(op.input, shape.precision.activations) << op.name;
  }
  EXPECT_EQ(products, 5);
}

TEST(LayerOperatorsTest, StoredNarrowWeightsOnlySaveBytes) {
  ShardShape shape = Decode(1, 128);
  shape.precision.weights = Precision::kInt4;
  for (const Operator& op : MlpForward(Llama70b(), shape)) {
    if (op.kind != OperatorKind::kGemm) continue;
    EXPECT_EQ(op.compute, Precision::kBf16);
    EXPECT_EQ(op.weights, Precision::kInt4);
  }
}

TEST(LayerOperatorsTest, SelectiveRecomputationRepeatsOnlyAnUnfusedCore) {
  ShardShape shape = Training(2048);
  EXPECT_TRUE(AttentionCoreForward(Gpt3(), shape).empty());
  shape.fused_attention = false;
  shape.dropout = true;
  EXPECT_EQ(AttentionCoreForward(Gpt3(), shape).size(), 4u);
}

TEST(OperatorTest, SlidingWindowsSeeTheirWidth) {
  Operator op;
  op.kind = OperatorKind::kAttention;
  op.causal = true;
  op.q_len = 8;
  op.kv_len = 8;
  EXPECT_EQ(VisiblePairs(op), 36);
  op.kv_len = 3;  // 1 + 2 + 3 * 6.
  EXPECT_EQ(VisiblePairs(op), 21);
  op.kv_len = 100;  // A chunk after 92 earlier tokens.
  EXPECT_EQ(VisiblePairs(op), 8 * 100 - 28);
}

TEST(OperatorTest, EveryClassHasItsName) {
  EXPECT_STREQ(OperatorClassName(OperatorClass::kEmbedding), "embedding");
  EXPECT_STREQ(OperatorClassName(OperatorClass::kOther), "other");
}

}  // namespace
}  // namespace tessera
