#include "chips/energy.h"

#include <gtest/gtest.h>

#include "tests/chips/chips_for_tests.h"

namespace tessera {
namespace {

// Domain notes 5: design power over peak is 0.71 pJ a FLOP for H100.
TEST(EnergyTest, HopperFlopsCostUnderAPicojoule) {
  const auto rates = EnergyRatesOf(ChipNamed("nvidia_h100_sxm_80gb"));
  ASSERT_TRUE(rates.has_value());
  EXPECT_NEAR(rates->per_flop[static_cast<size_t>(Precision::kBf16)] * 1e12, 0.71, 0.05);
  EXPECT_LT(rates->per_flop[static_cast<size_t>(Precision::kFp8)],
            0.6 * rates->per_flop[static_cast<size_t>(Precision::kBf16)]);
  EXPECT_NEAR(rates->per_memory_byte * 3350e9, 99, 1);  // Watts of HBM3 at full rate.
}

TEST(EnergyTest, NoOperatorDrawsMoreThanTheDesignPower) {
  const Catalog catalog("configs");
  for (const std::string& name : catalog.ChipNames()) {
    const ChipSpec spec = ChipNamed(name);
    if (!spec.tdp || !spec.matrix_peak.Get(Precision::kBf16)) continue;
    const auto chip = ModelOf(spec);
    for (const int64_t rows : {1, 256, 8192}) {
      const OperatorCost cost = CostOf(*chip, Product(rows, 8192, 8192));
      EXPECT_GT(cost.energy.value(), 0) << name;
      EXPECT_LE(cost.energy.value() / ToSeconds(cost.time), spec.tdp->value() * (1 + 1e-9)) << name;
    }
  }
}

TEST(EnergyTest, LargeProductsRunNearTheDesignPowerAndDecodeWellBelow) {
  const auto chip = ModelOf("nvidia_h100_sxm_80gb");
  const auto watts = [&](int64_t rows) {
    const OperatorCost cost = CostOf(*chip, Product(rows, 16384, 16384));
    return cost.energy.value() / ToSeconds(cost.time);
  };
  EXPECT_GT(watts(16384), 550);
  EXPECT_LT(watts(1), 300);
}

TEST(EnergyTest, UnknownPowerGivesNoEnergy) {
  ChipSpec spec = ChipNamed("nvidia_h100_sxm_80gb");
  spec.tdp.reset();
  EXPECT_FALSE(EnergyRatesOf(spec).has_value());
  EXPECT_EQ(CostOf(*ModelOf(spec), Product(64, 64, 64)).energy.value(), 0);
}

}  // namespace
}  // namespace tessera
