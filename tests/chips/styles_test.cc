// The signature behaviour of every execution style.
#include <gtest/gtest.h>

#include <vector>

#include "chips/bulk_synchronous.h"
#include "chips/dataflow_mimd.h"
#include "chips/matrix_array.h"
#include "chips/static_schedule.h"
#include "tests/chips/chips_for_tests.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(MatrixArrayTest, KnownAnswerSystolicOs) {
  const MatrixArrays array = {.rows = 128, .columns = 128, .count = 1, .least_stream = 128};
  const double cycles = OutputStationaryCycles(array, {.m = 1024, .n = 1024, .k = 1024});
  EXPECT_EQ(cycles, 89984);
  EXPECT_NEAR(1024.0 * 1024 * 1024 / (128 * 128) / cycles / 0.728307254623, 1, 1e-9);
}

TEST(MatrixArrayTest, KnownAnswerSystolicSkinny) {
  const MatrixArrays array = {.rows = 128, .columns = 128, .count = 1, .least_stream = 128};
  const double cycles = OutputStationaryCycles(array, {.m = 1, .n = 4096, .k = 4096});
  EXPECT_EQ(cycles, 143296);
  EXPECT_NEAR(4096.0 * 4096 / (128 * 128) / cycles / 0.00714604734256, 1, 1e-9);
}

TEST(MatrixArrayTest, StationaryWeightsPipelineTheirBlocks) {
  const MatrixArrays array = {.rows = 128, .columns = 128, .count = 1, .least_stream = 128};
  const double cycles = WeightStationaryCycles(array, {.m = 1024, .n = 1024, .k = 1024});
  EXPECT_EQ(cycles, 1024 * 8 * 8 + 256);
  const MatrixArrays four = {.rows = 128, .columns = 128, .count = 4, .least_stream = 128};
  EXPECT_EQ(WeightStationaryCycles(four, {.m = 1024, .n = 1024, .k = 1024}), 1024 * 16 + 256);
}

TEST(MatrixArrayTest, ScratchpadsReadOperandsOnceWhenOneFits) {
  EXPECT_EQ(ScratchpadTraffic({.left = 100, .right = 1e9, .m = 1, .n = 1e6}, 1e6), 1e9 + 100);
  const double traffic = ScratchpadTraffic({.left = 1e9, .right = 1e9, .m = 4e4, .n = 4e4}, 8e6);
  EXPECT_EQ(traffic, 80e9);  // Blocks of 1000 results: 40 times each operand.
}

TEST(SystolicTest, SkinnyProductsWasteTheArray) {
  const auto chip = ModelOf("google_tpu_v5e");
  const auto matrix_seconds = [&](int64_t rows) {
    return ToSeconds(CostOf(*chip, Product(rows, 8192, 8192)).matrix_time);
  };
  EXPECT_NEAR(matrix_seconds(1) / matrix_seconds(128), 1, 1e-6);
  EXPECT_NEAR(matrix_seconds(4096) / matrix_seconds(128), 32, 1);
}

TEST(SystolicTest, LargeProductsApproachThePeak) {
  const auto chip = ModelOf("google_tpu_v5p");
  const double share = Rate(*chip, Product(8192, 8192, 8192)) / 459e12;
  EXPECT_GT(share, 0.85);
  EXPECT_LT(share, 0.95);
}

// Of its arrays and of its memory.
TEST(StylesTest, OneDeviceOfTwoHasHalfTheChip) {
  for (const char* name : {"google_tpu_v7x_ironwood", "aws_trainium2", "amd_mi250", "amd_mi300x",
                           "tenstorrent_wormhole_n150"}) {
    const auto chip = ModelOf(name);
    for (const Operator& op : {Product(8192, 8192, 8192), Product(1, 16384, 16384)}) {
      const double half = ToSeconds(CostOf(*chip, op, {.chip_share = 0.5}).time);
      EXPECT_NEAR(half / ToSeconds(CostOf(*chip, op).time), 2, 0.3) << name << " " << op.m;
    }
  }
}

TEST(MultiEngineTest, TheSlowestEngineSetsThePace) {
  const auto chip = ModelOf("aws_trainium1");
  // A shallow product leaves every sum to the vector engine.
  const OperatorCost shallow = CostOf(*chip, Product(16384, 16384, 128));
  EXPECT_GT(shallow.vector_time, shallow.matrix_time);
  EXPECT_GE(shallow.time, shallow.vector_time);
  const OperatorCost deep = CostOf(*chip, Product(16384, 16384, 16384));
  EXPECT_GT(deep.matrix_time, 4 * deep.vector_time);
}

TEST(MultiEngineTest, SkinnyProductsMayHoldTheActivationsInstead) {
  const auto chip = ModelOf("aws_trainium2");
  const double one = ToSeconds(CostOf(*chip, Product(1, 8192, 8192)).matrix_time);
  const double many = ToSeconds(CostOf(*chip, Product(128, 8192, 8192)).matrix_time);
  EXPECT_LE(one, many);
  EXPECT_GT(one, 0.4 * many);
}

TEST(DataflowTest, FidelityPhasesMultiplyTheMatrixTime) {
  const auto chip = ModelOf("tenstorrent_wormhole_n150");
  Operator op = Product(4096, 4096, 4096);
  op.math_phases = 1;
  const double lofi = ToSeconds(CostOf(*chip, op).matrix_time);
  op.math_phases = 4;
  EXPECT_NEAR(ToSeconds(CostOf(*chip, op).matrix_time) / lofi, 4, 1e-6);
}

TEST(DataflowTest, NarrowBlockFormatsMoveFewerBytes) {
  const auto chip = ModelOf("tenstorrent_wormhole_n150");
  Operator op = Product(512, 512, 512);
  op.math_phases = 1;
  Operator narrow = op;
  narrow.input = narrow.weights = narrow.output = Precision::kBfp8;
  EXPECT_LT(CostOf(*chip, narrow).time, CostOf(*chip, op).time);
}

// 64 cores in a square: rows of tiles go over its rows. A single one has all cores along its
// columns.
TEST(DataflowTest, FewRowsOfTilesLeaveCoresIdle) {
  const auto chip = ModelOf("tenstorrent_wormhole_n150");
  const auto matrix_seconds = [&](int64_t rows) {
    return ToSeconds(CostOf(*chip, Product(rows, 4096, 4096)).matrix_time);
  };
  EXPECT_NEAR(matrix_seconds(64) / matrix_seconds(32), 8, 1e-6);
  EXPECT_NEAR(matrix_seconds(256) / matrix_seconds(64), 1, 1e-6);
  EXPECT_NEAR(matrix_seconds(512) / matrix_seconds(256), 2, 1e-6);
}

// Weights sharded over the memory channels stream under the products, interleaved operands do not.
TEST(DataflowTest, OnlyASingleRowOfTilesHidesItsWeights) {
  const auto chip = ModelOf("tenstorrent_wormhole_n150");
  const OperatorCost one = CostOf(*chip, Product(32, 8192, 8192, Precision::kBfp8));
  EXPECT_LT(one.time, one.overhead + one.memory_time * 11 / 10);
  const OperatorCost four = CostOf(*chip, Product(128, 8192, 8192, Precision::kBfp8));
  EXPECT_GT(four.time, four.overhead + four.memory_time + four.matrix_time);
}

// tt-metal, Saturating DRAM bandwidth: 186, 344 and 500 GB/s on Blackhole with eight readers.
TEST(DataflowTest, ReadersNeedTwoBuffersAndTheRightPlace) {
  const ChipSpec spec = ChipNamed("tenstorrent_blackhole_p150");
  const auto rate = [&](int buffers, bool adjacent) {
    const auto bandwidth =
        ReadersBandwidth(spec, {.readers = 8, .buffers = buffers, .adjacent = adjacent});
    EXPECT_TRUE(bandwidth.ok()) << bandwidth.status();
    return static_cast<double>(bandwidth->bytes_per_second()) * 1e-9;
  };
  EXPECT_NEAR(rate(1, false) / 186, 1, 0.1);
  EXPECT_NEAR(rate(2, false) / 344, 1, 0.1);
  EXPECT_NEAR(rate(2, true) / 500, 1, 0.1);
}

TEST(StaticScheduleTest, NothingIsLaunchedAndSramFeedsThePlanes) {
  const auto chip = ModelOf("groq_tsp_v1");
  Operator op = Product(1, 1024, 8192, Precision::kInt8);
  EXPECT_LT(CostOf(*chip, op).time, std::chrono::microseconds(3));
  EXPECT_EQ(CostOf(*chip, op, {.launch = LaunchMode::kStream}).time, CostOf(*chip, op).time);
}

TEST(StaticScheduleTest, PaddingWinsWhileWorkVariesLittle) {
  VaryingWork work = {.total = 1, .mean_over_most = 0.98, .units = 64};
  const double overhead = 1e-5;
  const double quantum = BestQuantum(work, overhead);
  const double dynamic = DynamicPlanTime(work, quantum, overhead);
  EXPECT_LT(StaticPlanTime(work), dynamic);
  work.mean_over_most = 0.5;
  EXPECT_GT(StaticPlanTime(work), dynamic);
  EXPECT_LE(dynamic, DynamicPlanTime(work, 2 * quantum, overhead));
  EXPECT_LE(dynamic, DynamicPlanTime(work, quantum / 2, overhead));
}

TEST(WaferScaleTest, OneRowIsNotBoundByMemoryButByTheWayAcross) {
  const auto chip = ModelOf("cerebras_wse3");
  const OperatorCost cost = CostOf(*chip, Product(1, 8192, 8192));
  EXPECT_LT(cost.memory_time, cost.overhead);
  EXPECT_GT(cost.time, std::chrono::microseconds(1));
  EXPECT_LT(cost.time, std::chrono::microseconds(4));
}

TEST(WaferScaleTest, WeightsBeyondTheWaferStream) {
  const auto chip = ModelOf("cerebras_wse2");
  Operator op = Product(1, 65536, 65536);
  op.groups = 16;  // 137 GB of weights against 40 GB.
  EXPECT_EQ(CostOf(*chip, op).limiter, Limiter::kMemory);
}

TEST(BulkSynchronousTest, KnownAnswerBspSuperstep) {
  const std::vector<double> work = {10e-6, 14e-6, 9e-6, 11e-6};
  const std::vector<double> sent = {4096, 1024, 2048, 4096};
  const std::vector<double> received = {1024, 8192, 1024, 1024};
  const double time = SuperstepTime({.work = work,
                                     .sent = sent,
                                     .received = received,
                                     .seconds_per_byte = 0.001e-6,
                                     .barrier = 2e-6});
  EXPECT_NEAR(time / 24.192e-6, 1, 1e-9);
}

TEST(BulkSynchronousTest, PhasesAddUpInsteadOfOverlapping) {
  const auto chip = ModelOf("graphcore_bow");
  const OperatorCost cost = CostOf(*chip, Product(4096, 4096, 4096));
  EXPECT_GE(cost.time + std::chrono::nanoseconds(1), cost.matrix_time + cost.memory_time);
}

TEST(ReconfigurableTest, ActivationsStayOnChip) {
  const auto chip = ModelOf("sambanova_sn40l");
  const Operator pass = Pass(Bytes::MiB(64), Bytes::MiB(64));
  EXPECT_EQ(CostOf(*chip, pass).memory_bytes, Bytes(0));
  const Operator op = Product(1, 8192, 8192);
  EXPECT_EQ(CostOf(*chip, op).memory_bytes, Bytes(2 * 8192 * 8192));
}

// Every shipped chip evaluates, and nothing beats its peak or its bandwidth.
TEST(EveryChipTest, RespectsItsBounds) {
  const Catalog catalog("configs");
  for (const std::string& name : catalog.ChipNames()) {
    const ChipSpec spec = ChipNamed(name);
    const absl::StatusOr<std::unique_ptr<ChipModel>> chip = MakeChipModel(spec);
    ASSERT_TRUE(chip.ok()) << chip.status();
    const Precision precision =
        spec.matrix_peak.Get(Precision::kBf16) ? Precision::kBf16 : Precision::kFp16;
    if (!spec.matrix_peak.Get(precision)) continue;
    for (const int64_t rows : {1, 100, 4096}) {
      const Operator op = Product(rows, 8192, 8192, precision);
      const OperatorCost cost = CostOf(**chip, op);
      EXPECT_LE(MatrixFlops(op).value() / ToSeconds(cost.time),
                spec.matrix_peak.Get(precision)->value())
          << name;
      EXPECT_GT(ToSeconds(cost.time), 0) << name;
      Operator decode = Attention(AttentionPhase::kDecode, rows, 1, 2048);
      decode.compute = precision;
      const OperatorCost attention = CostOf(**chip, decode);
      EXPECT_GT(attention.time, Duration(0)) << name;
    }
  }
}

}  // namespace
}  // namespace tessera
