#include "core/math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "core/hash.h"
#include "core/random.h"

namespace tessera {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kArguments = 500'000;

// Distance of `value` from `exact` in units in the last place of the double nearest to `exact`.
double UlpError(double value, long double exact) {
  const auto nearest = std::abs(static_cast<double>(exact));
  const double ulp = std::nextafter(nearest, kInfinity) - nearest;
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) / ulp);
}

RandomStream Arguments(uint32_t purpose) {
  return RandomStream({.run_seed = 1, .purpose = purpose});
}

// Any positive finite double, all exponents equally likely.
double AnyPositive(RandomStream& random) {
  constexpr uint64_t kInfinityBits = 0x7ff0000000000000;
  return std::bit_cast<double>(1 + random.Below(kInfinityBits - 1));
}

TEST(ExpTest, IsWithinItsBoundOfTheExtendedPrecisionResult) {
  RandomStream random = Arguments(1);
  double worst = 0;
  for (int i = 0; i < kArguments; ++i) {
    const double x = -708 + 1417 * random.Uniform();
    worst = std::max(worst, UlpError(Exp(x), std::exp(static_cast<long double>(x))));
    const double near_zero = (random.Uniform() - 0.5) * 2;
    worst =
        std::max(worst, UlpError(Exp(near_zero), std::exp(static_cast<long double>(near_zero))));
  }
  EXPECT_LT(worst, 0.75);
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(ExpTest, SubnormalResultsAreWithinTheirBound) {
  RandomStream random = Arguments(2);
  for (int i = 0; i < 100'000; ++i) {
    const double x = -745 + 37 * random.Uniform();
    ASSERT_LT(UlpError(Exp(x), std::exp(static_cast<long double>(x))), 1.5) << x;
  }
}

TEST(ExpTest, LimitsAndSpecialValues) {
  EXPECT_EQ(Exp(0.0), 1.0);
  EXPECT_LT(Exp(709.782712893383), kInfinity);
  EXPECT_EQ(Exp(709.7827128933841), kInfinity);
  EXPECT_EQ(Exp(709.8), kInfinity);
  EXPECT_EQ(Exp(kInfinity), kInfinity);
  EXPECT_GT(Exp(-745.1), 0);
  EXPECT_EQ(Exp(-745.2), 0);
  EXPECT_EQ(Exp(-kInfinity), 0);
  EXPECT_TRUE(std::isnan(Exp(std::nan(""))));
}

// The largest error of a logarithm over all positive numbers, and near one, where it is zero.
double WorstLogarithm(uint32_t purpose, double (*ours)(double), long double (*exact)(long double)) {
  RandomStream random = Arguments(purpose);
  double worst = 0;
  for (int i = 0; i < kArguments; ++i) {
    for (const double x : {AnyPositive(random), 0.5 + 1.5 * random.Uniform()}) {
      worst = std::max(worst, UlpError(ours(x), exact(static_cast<long double>(x))));
    }
  }
  return worst;
}

TEST(NaturalLogTest, IsWithinItsBoundOfTheExtendedPrecisionResult) {
  const double worst = WorstLogarithm(3, &Log, [](long double x) { return std::log(x); });
  EXPECT_LT(worst, 1.0);
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(NaturalLogTest, SpecialValues) {
  EXPECT_EQ(Log(1.0), 0.0);
  EXPECT_EQ(Log(0.0), -kInfinity);
  EXPECT_EQ(Log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(Log(-1.0)));
  EXPECT_TRUE(std::isnan(Log(std::nan(""))));
}

TEST(Log2Test, IsWithinItsBoundOfTheExtendedPrecisionResult) {
  const double worst = WorstLogarithm(4, &Log2, [](long double x) { return std::log2(x); });
  EXPECT_LT(worst, 2.0);
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Log2Test, IsExactAtPowersOfTwo) {
  for (int k = -1074; k <= 1023; ++k) EXPECT_EQ(Log2(std::ldexp(1.0, k)), k);
  EXPECT_EQ(Log2(0.0), -kInfinity);
  EXPECT_EQ(Log2(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(Log2(-1.0)));
}

// powl itself carries 64 bits, so its own error is up to 2^-11 ulp of a double.
TEST(PowTest, IsWithinItsBoundOfTheExtendedPrecisionResult) {
  RandomStream random = Arguments(5);
  double worst = 0;
  for (int i = 0; i < kArguments; ++i) {
    const double base = AnyPositive(random);
    const double exponent = (random.Uniform() - 0.5) * 1400 / std::abs(Log(base));
    const long double exact =
        std::pow(static_cast<long double>(base), static_cast<long double>(exponent));
    worst = std::max(worst, UlpError(Pow(base, exponent), exact));
    const double near_one = 0.5 + 1.5 * random.Uniform();
    const double power = (random.Uniform() - 0.5) * 100;
    worst =
        std::max(worst, UlpError(Pow(near_one, power), std::pow(static_cast<long double>(near_one),
                                                                static_cast<long double>(power))));
  }
  EXPECT_LT(worst, 0.75);
  RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(PowTest, IsExactWhereTheResultIsARepresentableWholeNumber) {
  double power_of_ten = 1;
  for (int k = 0; k <= 22; ++k, power_of_ten *= 10) EXPECT_EQ(Pow(10, k), power_of_ten);
  for (int base = 2; base <= 1000; ++base) {
    EXPECT_EQ(Pow(base, 3), base * base * base);
    EXPECT_EQ(Pow(base * base, 0.5), base);
    EXPECT_EQ(Pow(2, base), std::ldexp(1.0, base));
  }
}

TEST(PowTest, SpecialValues) {
  EXPECT_EQ(Pow(0, 0), 1);
  EXPECT_EQ(Pow(0, 2), 0);
  EXPECT_EQ(Pow(0, -2), kInfinity);
  EXPECT_EQ(Pow(1, kInfinity), 1);
  EXPECT_EQ(Pow(2, kInfinity), kInfinity);
  EXPECT_EQ(Pow(2, -kInfinity), 0);
  EXPECT_EQ(Pow(0.5, kInfinity), 0);
  EXPECT_EQ(Pow(0.5, -kInfinity), kInfinity);
  EXPECT_EQ(Pow(kInfinity, 0.5), kInfinity);
  EXPECT_EQ(Pow(kInfinity, -0.5), 0);
  EXPECT_EQ(Pow(1 + 0x1p-52, 1e300), kInfinity);
  EXPECT_EQ(Pow(1 + 0x1p-52, -1e300), 0);
  EXPECT_TRUE(std::isnan(Pow(-1, 2)));
  EXPECT_TRUE(std::isnan(Pow(2, std::nan(""))));
  EXPECT_TRUE(std::isnan(Pow(std::nan(""), 2)));
}

TEST(MathTest, EveryBitIsTheSameInEveryBuild) {
  RandomStream random = Arguments(6);
  StableHash hash;
  const auto add = [&hash](double value) { hash.AddInteger(std::bit_cast<uint64_t>(value)); };
  for (int i = 0; i < 100'000; ++i) {
    const double x = AnyPositive(random);
    add(Log(x));
    add(Log2(x));
    add(Exp(-708 + 1417 * random.Uniform()));
    add(Pow(x, (random.Uniform() - 0.5) * 4));
  }
  EXPECT_EQ(hash.Hex(), "def8b2d9ba7c813091d46a8ad84eee3b");
}

}  // namespace
}  // namespace tessera
