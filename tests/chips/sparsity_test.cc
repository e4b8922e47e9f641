// Zeros on real chips: what they save of an operator, a layer, a step.
#include <gtest/gtest.h>

#include "chips/sparse_cost.h"
#include "tests/chips/chips_for_tests.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

constexpr char kH100[] = "nvidia_h100_sxm_80gb";

SparsitySpec Structured(int n, int m) {
  return {.pattern = SparsitySpec::Pattern::kStructured, .n = n, .m = m};
}

SparsitySpec Blocks(int block, double density) {
  return {.pattern = SparsitySpec::Pattern::kBlocks, .block = block, .density = density};
}

OperatorCost CostWith(const ChipModel& chip, const Operator& op, const SparsitySpec& zeros) {
  const absl::StatusOr<OperatorCost> cost = SparseCost(chip, op, zeros, {});
  EXPECT_TRUE(cost.ok()) << cost.status();
  return *cost;
}

// One layer of Llama 3.1 70B, an eighth of it.
std::vector<Operator> Layer(int64_t batch, int64_t tokens) {
  const absl::StatusOr<ModelSpec> model = Catalog("configs").LoadModel("llama3p1_70b");
  EXPECT_TRUE(model.ok()) << model.status();
  ShardShape shape;
  shape.batch = batch;
  shape.q_len = tokens;
  shape.kv_len = 4096;
  shape.tensor = 8;
  shape.phase = tokens == 1 ? AttentionPhase::kDecode : AttentionPhase::kPrefill;
  std::vector<Operator> layer = AttentionForward(*model, shape);
  for (const Operator& op : MlpForward(*model, shape)) layer.push_back(op);
  return layer;
}

struct LayerCost {
  double matrix = 0, total = 0, weight_bytes = 0;
};

LayerCost CostOfLayer(const ChipModel& chip, const std::vector<Operator>& layer,
                      const SparsitySpec& zeros) {
  LayerCost sum;
  for (const Operator& op : layer) {
    const OperatorCost cost = CostWith(chip, op, zeros);
    sum.total += ToSeconds(cost.time);
    if (op.kind != OperatorKind::kGemm) continue;
    sum.matrix += ToSeconds(cost.matrix_time);
    sum.weight_bytes += SparseSharesOf(op, zeros, chip.spec()).stored *
                        static_cast<double>(StorageBytes(op.weights, op.n * op.k).count());
  }
  return sum;
}

TEST(SparsityOnChipsTest, TwoOfFourHalvesMatrixWorkButNotTheRestOfAPrefill) {
  const auto chip = ModelOf(kH100);
  const LayerCost dense = CostOfLayer(*chip, Layer(1, 4096), {});
  const LayerCost sparse = CostOfLayer(*chip, Layer(1, 4096), Structured(2, 4));
  EXPECT_NEAR(dense.matrix / sparse.matrix, 2, 0.01);
  EXPECT_LT(dense.total / sparse.total, 1.8);
  EXPECT_GT(dense.total / sparse.total, 1.2);
}

TEST(SparsityOnChipsTest, TwoOfFourMovesAlmostHalfTheWeightBytesInDecode) {
  const auto chip = ModelOf(kH100);
  const LayerCost dense = CostOfLayer(*chip, Layer(1, 1), {});
  const LayerCost sparse = CostOfLayer(*chip, Layer(1, 1), Structured(2, 4));
  EXPECT_NEAR(dense.weight_bytes / sparse.weight_bytes, 1.78, 0.003);
  EXPECT_LT(sparse.total, dense.total);
}

TEST(SparsityOnChipsTest, OnlyPatternsThatTheHardwareNamesSpeedUpItsProducts) {
  const Operator op = Product(4096, 8192, 8192);
  EXPECT_EQ(SparseSharesOf(op, Structured(4, 16), ChipNamed(kH100)).time, 1);
  const SparseShares trainium = SparseSharesOf(op, Structured(4, 16), ChipNamed("aws_trainium2"));
  EXPECT_LT(trainium.time, 0.3);
  EXPECT_NEAR(trainium.stored, 0.25 * (1 + 4.0 / 16), 1e-12);
}

// Zeros that lie anywhere leave nothing out on hardware that skips large pieces.
TEST(SparsityOnChipsTest, RandomZerosAreUselessAtLargeBlocks) {
  const Operator op = Product(4096, 8192, 8192);
  const SparsitySpec random = Blocks(1, 0.1);
  EXPECT_EQ(SparseSharesOf(op, random, ChipNamed(kH100)).time, 1);
  EXPECT_EQ(SparseSharesOf(op, random, ChipNamed("google_tpu_v5p")).time, 1);
  EXPECT_LT(SparseSharesOf(op, random, ChipNamed("cerebras_wse3")).time, 0.2);
  // The same share of zeros in whole blocks is worth its time everywhere.
  const SparsitySpec blocks = Blocks(128, 0.1);
  EXPECT_LT(SparseSharesOf(op, blocks, ChipNamed(kH100)).time, 0.15);
  EXPECT_LT(SparseSharesOf(op, blocks, ChipNamed("google_tpu_v5p")).time, 0.15);
}

TEST(SparsityOnChipsTest, ZeroInputsHelpOneTokenAndFadeInABatch) {
  SparsitySpec zeros;
  zeros.activations = 0.1;
  const auto chip = ModelOf(kH100);
  const auto gain = [&](int64_t rows) {
    const Operator op = Product(rows, 8192, 28672);
    return ToSeconds(CostOf(*chip, op).time) / ToSeconds(CostWith(*chip, op, zeros).time);
  };
  EXPECT_GT(gain(1), 4);
  EXPECT_LT(gain(8), gain(1));
  EXPECT_NEAR(gain(256), 1, 1e-9);
}

TEST(SparsityOnChipsTest, AMaskSavesItsShareOfAttention) {
  const auto chip = ModelOf(kH100);
  const Operator op = Attention(AttentionPhase::kDecode, 64, 1, 32768);
  const double dense = ToSeconds(CostOf(*chip, op).time);
  EXPECT_NEAR(dense / ToSeconds(CostWith(*chip, op, {.mask = 0.25}).time), 4, 0.6);
}

// Weights of 4 bits pay where memory binds; at the ridge the matrix unit does.
TEST(PrecisionOnChipsTest, TheGainOfInt4WeightsFadesAtTheRidge) {
  const auto chip = ModelOf(kH100);
  const auto gain = [&](int64_t rows) {
    const Operator wide = Product(rows, 16384, 16384);
    Operator narrow = wide;
    narrow.weights = Precision::kInt4;
    return ToSeconds(CostOf(*chip, wide).time) / ToSeconds(CostOf(*chip, narrow).time);
  };
  EXPECT_GT(gain(1), 3);
  EXPECT_LT(gain(256), gain(16));
  EXPECT_NEAR(gain(4096), 1, 0.1);
}

}  // namespace
}  // namespace tessera
