// Power, heat, silicon, money, memory tiers and sparsity against closed forms.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "chips/memory_tiers.h"
#include "chips/operating_cost.h"
#include "chips/power.h"
#include "chips/silicon_cost.h"
#include "chips/sparsity.h"

namespace tessera {
namespace {

TEST(PowerTest, KnownAnswerDvfsCube) {
  EXPECT_NEAR(ClockShareUnderCap(0.8) / 0.928317766723, 1, 1e-9);
  EXPECT_EQ(ClockShareUnderCap(1.2), 1);
}

TEST(PowerTest, BelowTheLeastVoltageTheClockFallsWithThePower) {
  const double low = ClockShareUnderCap(0.1, 0.7);
  EXPECT_NEAR(ClockShareUnderCap(0.05, 0.7), low / 2, 1e-12);
  EXPECT_LT(low, ClockShareUnderCap(0.1));
}

TEST(PowerTest, KnownAnswerThermalCap) {
  const ThermalPath path = {
      .kelvin_per_watt = 0.1, .joules_per_kelvin = 1, .ambient = 35, .most = 95};
  EXPECT_NEAR(SteadyPower(path) / 600.0, 1, 1e-9);
}

TEST(PowerTest, TemperatureSettlesExponentially) {
  const ThermalPath path = ThermalPathOf(PackageStyle::k25d);
  const double settled = path.ambient + 500 * path.kelvin_per_watt;
  const double after = TemperatureAfter(path, path.ambient, 500, TimeConstant(path));
  EXPECT_NEAR((after - path.ambient) / (settled - path.ambient), 1 - std::exp(-1.0), 1e-12);
  const double burst = BurstTime(path, path.ambient, 2000);
  EXPECT_NEAR(TemperatureAfter(path, path.ambient, 2000, burst), path.most, 1e-9);
  EXPECT_TRUE(std::isinf(BurstTime(path, path.ambient, SteadyPower(path))));
}

// A stacked package is fast in bursts and slow for ever.
TEST(PowerTest, StackedPackagesSustainLess) {
  const ThermalPath flat = ThermalPathOf(PackageStyle::k25d);
  const ThermalPath stacked = ThermalPathOf(PackageStyle::k3d);
  EXPECT_LT(SteadyPower(stacked), 0.6 * SteadyPower(flat));
  const double watts = 1.2 * SteadyPower(flat);
  EXPECT_LT(BurstTime(stacked, 45, watts), BurstTime(flat, 45, watts));
  EXPECT_GT(BurstTime(stacked, 45, watts), 1);
  // A burst at full clock, then the clock that the steady power allows.
  EXPECT_LT(ClockShareUnderCap(SteadyPower(stacked) / watts),
            ClockShareUnderCap(SteadyPower(flat) / watts));
}

TEST(PowerTest, LeakageDoublesInLessThanThirtyKelvin) {
  EXPECT_NEAR(LeakageShare(87.5, 60), 2, 1e-12);
}

TEST(SiliconCostTest, KnownAnswerYieldNegativeBinomial) {
  EXPECT_NEAR(DieYield({}, 8) / 0.492054235311, 1, 1e-9);
  EXPECT_NEAR(PoissonYield({}, 8) / 0.449328964117, 1, 1e-9);
}

TEST(SiliconCostTest, ChipletsOfEqualSiliconCostLessWhenDiesAreLarge) {
  const Process process;
  const Money one = PackageSiliconCost(process, {.dies = 1, .area_cm2 = 8});
  const Money four = PackageSiliconCost(process, {.dies = 4, .area_cm2 = 8});
  EXPECT_LT(four, one);
  const Money small = PackageSiliconCost(process, {.dies = 1, .area_cm2 = 0.5});
  EXPECT_LT(small, PackageSiliconCost(process, {.dies = 4, .area_cm2 = 0.5}));
}

TEST(SiliconCostTest, AWholeWaferCostsLessThanItsDiesWouldWithoutSpares) {
  const Process process;
  const double packages = DiesPerWafer(process, 8);
  EXPECT_LT(WaferScaleCost(process).value(),
            packages * PackageSiliconCost(process, {.dies = 1, .area_cm2 = 8}).value());
}

TEST(OperatingCostTest, KnownAnswerCostDeepseekDay) {
  const Money cost = RentOf({.nodes = 226.75, .per_chip_hour = Money(2), .hours = 24});
  EXPECT_NEAR(cost.value() / 87072.0, 1, 1e-9);
  EXPECT_NEAR(100 * ProfitMargin(Money(562027), cost) / 545.473860713, 1, 1e-6);
}

TEST(OperatingCostTest, TokensCostCapitalAndPower) {
  const OwnedChip chip = {.price = Money(27500), .average = Power(700)};
  const double second = 27500 / (4 * 365.25 * 24 * 3600 * 0.6) + 0.7 * 1.3 * 0.08 / 3600;
  EXPECT_NEAR(CostPerSecond(chip).value() / second, 1, 1e-12);
  EXPECT_NEAR(CostPerMillionTokens(chip, 2000).value() / (second * 500), 1, 1e-12);
}

TEST(MemoryTiersTest, KnownAnswerOffloadPrefetch) {
  const LayerStream stream = {.layer = Bytes(1'600'000'000),
                              .link = Bandwidth::GigabytesPerSecond(55),
                              .compute = std::chrono::milliseconds(12),
                              .layers = 80};
  EXPECT_NEAR(ToSeconds(TimePerLayer(stream)) / 29.0909090909e-3, 1, 1e-9);
  EXPECT_NEAR(ToSeconds(ExposedStall(stream)) / 1350.18181818e-3, 1, 1e-9);
}

TEST(MemoryTiersTest, TiersAddUpOnlyOneByOne) {
  const std::vector<TierShare> tiers = {{0.9, Bandwidth::GigabytesPerSecond(3000)},
                                        {0.1, Bandwidth::GigabytesPerSecond(50)}};
  const Bytes gb(1'000'000'000);
  EXPECT_NEAR(TieredReadTime(gb, tiers, true), 0.1 / 50, 1e-12);
  EXPECT_NEAR(TieredReadTime(gb, tiers, false), 0.9 / 3000 + 0.1 / 50, 1e-12);
}

TEST(MemoryTiersTest, ACacheFallsOffACliffWhereAScratchpadSlopes) {
  const Bytes capacity = Bytes::MiB(50);
  EXPECT_EQ(CacheTraffic(capacity, capacity), Bytes(0));
  EXPECT_EQ(ScratchpadReuseTraffic(capacity, capacity), Bytes(0));
  const Bytes over = capacity + Bytes::MiB(1);
  EXPECT_EQ(CacheTraffic(over, capacity), over);
  EXPECT_EQ(ScratchpadReuseTraffic(over, capacity), Bytes::MiB(1));
  EXPECT_EQ(ScratchpadReuseTraffic(2 * capacity, capacity), capacity);
}

TEST(MemoryTiersTest, OnlyChipsThatComputeOutOfSramStreamWhatDoesNotFit) {
  ChipSpec chip;
  chip.sram.emplace().total = Bytes::GiB(1);
  chip.style = ExecutionStyle::kWaferScale;
  EXPECT_EQ(HoldingOrStreaming(chip, Bytes::GiB(1)).sram->total, Bytes::GiB(1));
  EXPECT_EQ(HoldingOrStreaming(chip, Bytes::GiB(2)).sram->total, Bytes(0));
  chip.style = ExecutionStyle::kSimt;
  EXPECT_EQ(HoldingOrStreaming(chip, Bytes::GiB(2)).sram->total, Bytes::GiB(1));
}

TEST(SparsityTest, KnownAnswerSparsity24Storage) {
  EXPECT_NEAR(StorageRatio({}, 16), 0.5625, 1e-12);
  EXPECT_NEAR(StorageRatio({}, 8), 0.625, 1e-12);
  EXPECT_NEAR(PeakSpeedup({}), 2.0, 1e-12);
  EXPECT_NEAR(1 / StorageRatio({}, 16), 1.78, 0.003);  // Fewer weight bytes in decode.
}

TEST(SparsityTest, RandomZerosAreUselessAtLargeBlocks) {
  EXPECT_NEAR(KeptBlocks(0.1, 1), 0.1, 1e-12);
  EXPECT_GT(KeptBlocks(0.1, 8), 0.998);
  EXPECT_GT(SparseSpeedup(KeptBlocks(0.1, 1), 0.5, 1.3), 5);
  EXPECT_LT(SparseSpeedup(KeptBlocks(0.1, 8), 0.02, 1), 1);
}

}  // namespace
}  // namespace tessera
