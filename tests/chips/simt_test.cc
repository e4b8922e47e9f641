#include "chips/simt.h"

#include <gtest/gtest.h>

#include "tests/chips/chips_for_tests.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kH100[] = "nvidia_h100_sxm_80gb";
constexpr char kA100[] = "nvidia_a100_sxm_80gb";

TEST(SimtTest, KnownAnswerRooflineH100) {
  const ChipSpec h100 = ChipNamed(kH100);
  const double peak = 989.4e12;
  const double bandwidth = static_cast<double>(h100.memory[0].bandwidth.bytes_per_second());
  EXPECT_NEAR(peak / bandwidth / 295.343283582, 1, 1e-9);
  const double bytes = (70553706496.0 - 1050673152.0) * 2 / 8;
  EXPECT_NEAR(bytes / bandwidth / 5.18679353313e-3, 1, 1e-9);
}

TEST(SimtTest, LargeProductsReachTheSustainedRateAndNoMore) {
  for (const auto& [name, peak] : {std::pair{kA100, 312e12}, std::pair{kH100, 989e12}}) {
    const auto chip = ModelOf(name);
    const double share = Rate(*chip, Product(16384, 16384, 16384)) / peak;
    EXPECT_GT(share, 0.72) << name;
    EXPECT_LT(share, 0.95) << name;
  }
}

TEST(SimtTest, NoProductBeatsPeakOrBandwidth) {
  const ChipSpec spec = ChipNamed(kH100);
  const auto chip = ModelOf(spec);
  const double bandwidth = static_cast<double>(spec.memory[0].bandwidth.bytes_per_second());
  for (const int64_t m : {1, 17, 64, 100, 512, 4096, 50000}) {
    for (const int64_t n : {8, 128, 1000, 8192, 53248}) {
      for (const int64_t k : {16, 512, 8192}) {
        const Operator op = Product(m, n, k);
        const OperatorCost cost = CostOf(*chip, op);
        EXPECT_LE(Rate(*chip, op), 989e12);
        EXPECT_GE(ToSeconds(cost.time), static_cast<double>(MinimumBytes(op).count()) / bandwidth);
        EXPECT_GE(cost.memory_bytes, MinimumBytes(op));
      }
    }
  }
}

TEST(SimtTest, OneRowIsBoundByMemory) {
  const auto chip = ModelOf(kH100);
  const OperatorCost cost = CostOf(*chip, Product(1, 28672, 8192));
  EXPECT_EQ(cost.limiter, Limiter::kMemory);
  const OperatorCost half = CostOf(*chip, Product(1, 28672, 8192, Precision::kFp8));
  EXPECT_LT(half.time, 0.6 * cost.time);
}

TEST(SimtTest, FourBitWeightsOnlyHelpBelowTheRidge) {
  const auto chip = ModelOf(kH100);
  const auto gain = [&](int64_t rows) {
    Operator narrow = Product(rows, 28672, 8192);
    narrow.weights = Precision::kInt4;
    return ToSeconds(CostOf(*chip, Product(rows, 28672, 8192)).time) /
           ToSeconds(CostOf(*chip, narrow).time);
  };
  EXPECT_GT(gain(1), 3);
  EXPECT_NEAR(gain(4096), 1, 0.08);
  EXPECT_GT(gain(1), gain(256));
}

// The result of an A100 product is cut in tiles of 128 or 256: one wave of 108 cores more.
TEST(SimtTest, OneTileTooManyCostsAWave) {
  const auto chip = ModelOf(kA100);
  const OperatorCost full = CostOf(*chip, Product(128 * 12, 128 * 9, 8192));
  const OperatorCost over = CostOf(*chip, Product(128 * 12, 128 * 10, 8192));
  EXPECT_GT(ToSeconds(over.matrix_time) / ToSeconds(full.matrix_time), 1.2);
}

TEST(SimtTest, WideFormatsSplitADeepProductOfFewTiles) {
  const auto chip = ModelOf(kH100);
  const double deep = ToSeconds(CostOf(*chip, Product(64, 512, 65536)).time);
  const double whole_chain = 65536 / 64 * 115e-9;  // One tile that walks all of k.
  EXPECT_LT(deep, 0.6 * whole_chain);
}

TEST(SimtTest, FewTilesCannotDrawAllBandwidth) {
  const auto chip = ModelOf("nvidia_h800_sxm_80gb");
  // Measured by DeepGEMM: about half of 3.35 TB/s.
  const Operator op = Product(64, 2112, 7168, Precision::kFp8);
  const double rate =
      static_cast<double>(MinimumBytes(op).count()) / ToSeconds(CostOf(*chip, op).time);
  EXPECT_LT(rate, 0.6 * 3.35e12);
  EXPECT_GT(rate, 0.3 * 3.35e12);
}

TEST(SimtTest, GroupsOfEqualRowsCostWhatOneProductOfAllDoes) {
  const auto chip = ModelOf(kH100);
  Operator grouped = Product(2048, 4096, 7168);
  grouped.groups = 8;
  const double ratio = ToSeconds(CostOf(*chip, grouped).time) /
                       ToSeconds(CostOf(*chip, Product(8 * 2048, 4096, 7168)).time);
  EXPECT_NEAR(ratio, 1, 0.05);
}

TEST(SimtTest, UnequalGroupsPayForTheirHalfFilledTiles) {
  const auto chip = ModelOf(kH100);
  Operator equal = Product(256, 4096, 7168);
  equal.groups = 16;
  Operator unequal = equal;
  unequal.m = 512;
  unequal.total_rows = 16 * 256;
  EXPECT_GT(CostOf(*chip, unequal).time, CostOf(*chip, equal).time);
}

TEST(SimtTest, LaunchesAddToEveryKernel) {
  const ChipSpec spec = ChipNamed(kH100);
  const auto chip = ModelOf(spec);
  Operator op = Pass(Bytes::MiB(1), Bytes::MiB(1));
  const auto time = [&](LaunchMode mode) { return CostOf(*chip, op, {.launch = mode}).time; };
  EXPECT_EQ(time(LaunchMode::kStream) - time(LaunchMode::kGraph),
            spec.overhead->kernel_launch - spec.overhead->kernel_launch_graph);
  EXPECT_EQ(time(LaunchMode::kFramework) - time(LaunchMode::kGraph),
            spec.overhead->framework_call - spec.overhead->kernel_launch_graph);
  const Duration one = time(LaunchMode::kGraph);
  op.count = 7;
  EXPECT_EQ(time(LaunchMode::kGraph), 7 * one);
}

// Domain notes 7C: t * 132 / (132 - n) when n cores communicate.
TEST(SimtTest, CommunicationKernelsTakeCoresAway) {
  const auto chip = ModelOf(kH100);
  const Operator op = Product(32768, 16384, 16384);
  const double slowdown = ToSeconds(CostOf(*chip, op, {.compute_share = 112.0 / 132}).time) /
                          ToSeconds(CostOf(*chip, op).time);
  EXPECT_GT(slowdown, 1.05);
  EXPECT_LT(slowdown, 132.0 / 112 + 0.03);
}

TEST(SimtTest, CopiesReachTheMeasuredShareOfBandwidth) {
  const auto chip = ModelOf(kA100);
  const auto share = [&](const Operator& op) {
    return static_cast<double>((op.read + op.written).count()) / 2039e9 /
           ToSeconds(CostOf(*chip, op).time);
  };
  const Bytes gib = Bytes::GiB(1);
  EXPECT_NEAR(share(Pass(gib, gib)), 0.79, 0.02);           // copy
  EXPECT_NEAR(share(Pass(2 * gib, gib)), 0.83, 0.03);       // triad
  EXPECT_NEAR(share(Pass(2 * gib, Bytes(0))), 0.86, 0.01);  // dot
}

TEST(SimtTest, DecodeAttentionReadsTheCacheAtFullBandwidthOnlyWhenBatched) {
  const auto chip = ModelOf(kH100);
  const auto rate = [&](int64_t batch, int64_t kv) {
    const Operator op = Attention(AttentionPhase::kDecode, batch, 1, kv);
    return static_cast<double>(MinimumBytes(op).count()) / ToSeconds(CostOf(*chip, op).time);
  };
  EXPECT_GT(rate(128, 8192), 0.9 * 3.35e12);
  EXPECT_LT(rate(1, 1024), 0.2 * 3.35e12);
}

TEST(SimtTest, CausalPrefillCostsAboutHalfTheSquare) {
  const auto chip = ModelOf(kH100);
  Operator op = Attention(AttentionPhase::kPrefill, 1, 16384, 16384);
  const double causal = ToSeconds(CostOf(*chip, op).time);
  op.causal = false;
  EXPECT_NEAR(causal / ToSeconds(CostOf(*chip, op).time), 0.5, 0.03);
}

TEST(SimtTest, UnknownPrecisionIsAnErrorThatListsTheKnownOnes) {
  const auto chip = ModelOf(kA100);
  EXPECT_THAT(chip->Cost(Product(128, 128, 128, Precision::kFp8), {}),
              FailsWith("chip \"nvidia_a100_sxm_80gb\" has no fp8 matrix rate; it has fp32, tf32, "
                        "fp16, bf16, int8, int4, mixed_fp16"));
}

TEST(SimtTest, MissingFiguresAreErrors) {
  ChipSpec spec = ChipNamed(kA100);
  spec.overhead.reset();
  EXPECT_THAT(MakeChipModel(spec),
              FailsWith("chip \"nvidia_a100_sxm_80gb\": no overhead block, which its execution "
                        "style needs"));
  spec = ChipNamed(kA100);
  spec.memory.clear();
  EXPECT_THAT(MakeChipModel(spec), FailsWith("chip \"nvidia_a100_sxm_80gb\": no main memory, which "
                                             "its execution style needs"));
}

}  // namespace
}  // namespace tessera
