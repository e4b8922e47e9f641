// What power, heat and rooflines allow on whole chips, and chips of coming years.
#include <gtest/gtest.h>

#include "chips/power.h"
#include "chips/silicon_cost.h"
#include "chips/trend.h"
#include "tests/chips/chips_for_tests.h"
#include "workload/layer_operators.h"

namespace tessera {
namespace {

constexpr char kH100[] = "nvidia_h100_sxm_80gb";

double Seconds(const ChipSpec& spec, const Operator& op, const ChipUse& use = {}) {
  return ToSeconds(CostOf(*ModelOf(spec), op, use).time);
}

// 989.4 TFLOP/s and 3.35 TB/s; the floor reads all weights but the input embedding, an eighth each.
TEST(RooflineTest, KnownAnswerRooflineH100) {
  ChipSpec spec = ChipNamed(kH100);
  spec.matrix_peak.Set(Precision::kBf16, FlopRate(989.4e12));
  const double bandwidth = static_cast<double>(spec.memory[0].bandwidth.bytes_per_second());
  EXPECT_NEAR(spec.matrix_peak.Get(Precision::kBf16)->value() / bandwidth / 295.343283582, 1, 1e-9);
  const auto model = Catalog("configs").LoadModel("llama3p1_70b");
  ASSERT_TRUE(model.ok()) << model.status();
  const ParameterCounts counts = CountParameters(*model);
  EXPECT_EQ(counts.total, 70553706496);
  const double floor = 2 * (counts.total - counts.embedding) / 8 / bandwidth;
  EXPECT_NEAR(floor / 5.18679353313e-3, 1, 1e-9);
  // Rows at which a product of weights alone meets both limits: 2 FLOPs for 2 bytes of each weight.
  EXPECT_NEAR(989.4e12 / bandwidth / 295.343283582, 1, 1e-9);
}

TEST(PowerCapTest, ACapSlowsProductsByTheCubeRootAndLeavesDecodeAlone) {
  const ChipSpec free = ChipNamed(kH100);
  const auto capped = UnderPowerCap(free, Power(70 + 0.8 * 630));
  ASSERT_TRUE(capped.ok()) << capped.status();
  EXPECT_NEAR(*capped->matrix_peak.Get(Precision::kBf16) / *free.matrix_peak.Get(Precision::kBf16) /
                  0.928317766723,
              1, 1e-9);
  const Operator prefill = Product(8192, 8192, 8192);
  EXPECT_NEAR(Seconds(*capped, prefill) / Seconds(free, prefill), 1 / 0.928, 0.02);
  const Operator decode = Product(1, 8192, 8192);
  EXPECT_NEAR(Seconds(*capped, decode) / Seconds(free, decode), 1, 0.01);
  const OperatorCost cost = CostOf(*ModelOf(*capped), prefill);
  EXPECT_LE(cost.energy.value() / ToSeconds(cost.time), capped->tdp->value() * (1 + 1e-9));
}

TEST(PowerCapTest, ACapAboveTheDesignPowerChangesNothing) {
  const ChipSpec free = ChipNamed(kH100);
  const Operator op = Product(8192, 8192, 8192);
  EXPECT_EQ(Seconds(*UnderPowerCap(free, Power(900)), op), Seconds(free, op));
  ChipSpec unknown = free;
  unknown.tdp.reset();
  EXPECT_FALSE(UnderPowerCap(unknown, Power(500)).ok());
}

// Memory on the logic die: twice the bandwidth, and heat that has to leave through it.
TEST(StackedPackageTest, IsFastInBurstsAndSlowSustained) {
  const ChipSpec flat = ChipNamed(kH100);
  ChipSpec burst = flat;
  burst.memory[0].bandwidth = burst.memory[0].bandwidth * 2;
  const auto sustained = SustainedUnderStackedMemory(burst);
  ASSERT_TRUE(sustained.ok()) << sustained.status();
  const Operator decode = Product(1, 16384, 16384);
  EXPECT_LT(Seconds(burst, decode), 0.7 * Seconds(flat, decode));
  const Operator prefill = Product(8192, 8192, 8192);
  EXPECT_LE(Seconds(burst, prefill), Seconds(flat, prefill));
  EXPECT_GT(Seconds(*sustained, prefill), 1.2 * Seconds(flat, prefill));
}

TEST(TrendTest, RidgePointsMoveUpAsMemoryLagsBehind) {
  const ChipSpec now = ChipNamed(kH100);
  const ChipSpec later = ProjectedChip(now, 2);
  const auto ridge = [](const ChipSpec& spec) {
    return spec.matrix_peak.Get(Precision::kBf16)->value() /
           static_cast<double>(spec.memory[0].bandwidth.bytes_per_second());
  };
  EXPECT_NEAR(ridge(later) / ridge(now), 3.0 / 1.6, 1e-6);
  EXPECT_EQ(later.year, now.year + 2);
  EXPECT_NEAR(static_cast<double>(later.scale_up->bandwidth_per_direction->bytes_per_second()) /
                  static_cast<double>(now.scale_up->bandwidth_per_direction->bytes_per_second()),
              1.4, 1e-6);
}

TEST(SiliconCostTest, ProcessesAreKnownByTheirNode) {
  EXPECT_EQ(ProcessNamed("TSMC 4N")->wafer_price, Money(16988));
  EXPECT_EQ(ProcessNamed("GlobalFoundries 14nm")->wafer_price, Money(3984));
  EXPECT_FALSE(ProcessNamed("unpublished").has_value());
}

}  // namespace
}  // namespace tessera
