#include "workload/activations.h"

#include <gtest/gtest.h>

#include "tests/workload/models.h"

namespace tessera {
namespace {

ShardShape GptShape() {
  ShardShape shape;
  shape.batch = 1;
  shape.q_len = shape.kv_len = 2048;
  shape.training = true;
  shape.fused_attention = false;
  shape.dropout = true;
  return shape;
}

double Bytes(const ShardShape& shape, Recompute recompute) {
  return ActivationBytesPerLayer(Gpt3(), shape, /*sparse=*/false, recompute).Total();
}

TEST(ActivationsTest, KnownAnswerActGpt3Korthikanti) {
  ShardShape shape = GptShape();
  EXPECT_EQ(Bytes(shape, Recompute::kNone), 2868903936.0);
  shape.tensor = 8;
  EXPECT_EQ(Bytes(shape, Recompute::kNone), 578813952.0);
  EXPECT_EQ(Bytes(shape, Recompute::kFull), 50331648.0);
  shape.sequence_parallel = true;
  EXPECT_EQ(Bytes(shape, Recompute::kNone), 358612992.0);
  EXPECT_EQ(Bytes(shape, Recompute::kSelective), 106954752.0);
}

TEST(ActivationsTest, FlashAttentionKeepsOnlyTheLogSumExp) {
  ShardShape shape = GptShape();
  const double selective = Bytes(shape, Recompute::kSelective);
  shape.fused_attention = true;
  EXPECT_EQ(Bytes(shape, Recompute::kNone), selective + 2048 * 96 * 4.0);
}

TEST(ActivationsTest, SwiGluWithGroupedQueriesHasItsOwnCount) {
  ShardShape shape = GptShape();
  shape.dropout = false;
  shape.fused_attention = true;
  const ModelSpec m = Llama70b();
  const double per_token = 8.0 * m.hidden                   // Norm and block inputs.
                           + 2.0 * (64 + 2 * 8 + 64) * 128  // q, k, v, output.
                           + 4.0 * 64                       // Log-sum-exp.
                           + 2.0 * 3 * m.ffn;               // Gate, up, product.
  EXPECT_EQ(ActivationBytesPerLayer(m, shape, false, Recompute::kNone).Total(), 2048 * per_token);
}

TEST(ActivationsTest, SparseLayersKeepTheCopiesOfEveryToken) {
  ShardShape shape = GptShape();
  shape.fused_attention = true;
  const ModelSpec m = DeepSeekV3();
  const double sparse = ActivationBytesPerLayer(m, shape, true, Recompute::kNone).mlp;
  const double per_token = 8 * (2.0 * 7168 + 2.0 * 3 * 2048) + 2.0 * 3 * 2048 + 4.0 * 256;
  EXPECT_EQ(sparse, 2048 * per_token);
}

TEST(ActivationsTest, ContextRanksShareTheSequence) {
  ShardShape shape = GptShape();
  shape.fused_attention = true;
  const double whole = Bytes(shape, Recompute::kNone);
  shape.context = 4;
  EXPECT_EQ(Bytes(shape, Recompute::kNone), whole / 4);
}

}  // namespace
}  // namespace tessera
