#include "core/integer.h"

#include <gtest/gtest.h>

#include <limits>

namespace tessera {
namespace {

TEST(IntegerTest, CeilDivHoldsEverythingInTheFewestGroups) {
  for (int64_t n = 0; n <= 40; ++n) {
    for (int64_t divisor = 1; divisor <= 9; ++divisor) {
      const int64_t groups = CeilDiv(n, divisor);
      EXPECT_GE(groups * divisor, n);
      EXPECT_LT((groups - 1) * divisor, n);
      EXPECT_EQ(RoundUp(n, divisor), groups * divisor);
    }
  }
}

TEST(IntegerTest, CeilDivDoesNotOverflowAtTheLargestNumber) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(CeilDiv(kMax, 2), kMax / 2 + 1);
}

TEST(IntegerTest, PowersOfTwo) {
  EXPECT_FALSE(IsPowerOfTwo(-8));
  EXPECT_FALSE(IsPowerOfTwo(0));
  EXPECT_TRUE(IsPowerOfTwo(1));
  EXPECT_TRUE(IsPowerOfTwo(64));
  EXPECT_FALSE(IsPowerOfTwo(65));
}

TEST(IntegerTest, LogarithmsBracketTheNumber) {
  for (int64_t n = 1; n <= 5000; ++n) {
    EXPECT_LE(int64_t{1} << FloorLog2(n), n);
    EXPECT_GT(int64_t{2} << FloorLog2(n), n);
    EXPECT_GE(int64_t{1} << CeilLog2(n), n);
    EXPECT_LT(int64_t{1} << CeilLog2(n), 2 * n);
  }
}

TEST(IntegerDeathTest, ZeroHasNoLogarithm) { EXPECT_DEATH(FloorLog2(0), "check failed: n >= 1"); }

}  // namespace
}  // namespace tessera
