#include "fabric/packet/rate_control.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

constexpr Bandwidth kLine = Bandwidth::GigabitsPerSecond(100);

double Share(const RateControl& control) {
  return static_cast<double>(control.rate().bytes_per_second()) /
         static_cast<double>(kLine.bytes_per_second());
}

TEST(RateControlTest, TheFirstNoticeHalvesTheRate) {
  const DcqcnParams params;
  RateControl control(params, kLine);
  EXPECT_TRUE(control.at_line_rate());
  control.OnNotice();
  EXPECT_NEAR(Share(control), 0.5, 1e-9);
}

TEST(RateControlTest, ANoticeAfterCalmCutsLess) {
  const DcqcnParams params;
  RateControl control(params, kLine);
  control.OnNotice();
  for (int i = 0; i < 200; ++i) control.OnDecayTimer();
  const double before = Share(control);
  control.OnNotice();
  // The estimate is (1 - 1/256)^200 = 0.457; half of it is cut.
  EXPECT_NEAR(Share(control) / before, 1 - 0.457 / 2, 0.001);
}

TEST(RateControlTest, FastRecoveryHalvesTheWayBackEveryRound) {
  const DcqcnParams params;
  RateControl control(params, kLine);
  control.OnNotice();
  control.OnNotice();  // From half to a quarter; the target is a half.
  for (const double expected : {0.375, 0.4375, 0.46875}) {
    control.OnIncreaseTimer();
    EXPECT_NEAR(Share(control), expected, 1e-6);
  }
}

TEST(RateControlTest, TheTargetRisesOnceTheFirstRoundsAreOverAndFasterWithBothClocks) {
  const DcqcnParams params;
  RateControl slow(params, kLine);
  for (int i = 0; i < 3; ++i) slow.OnNotice();
  RateControl fast = slow;
  for (int i = 0; i < 8; ++i) {
    slow.OnIncreaseTimer();
    fast.OnIncreaseTimer();
    fast.OnSent(params.increase_bytes);
  }
  EXPECT_GT(slow.rate(), Bandwidth::GigabitsPerSecond(25));
  EXPECT_GT(fast.rate(), slow.rate());
  for (int i = 0; i < 2000; ++i) slow.OnIncreaseTimer();
  EXPECT_TRUE(slow.at_line_rate());
}

}  // namespace
}  // namespace tessera
