#include "core/math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace tessera {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts; the first has 32 significant bits, so that its product with any binary
// exponent is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 0x1.71547652b82fep+0;

// An unevaluated sum of two doubles, |low| <= ulp(high) / 2: about 106 bits. Dekker, "A
// floating-point technique for extending the available precision", 1971; Knuth's two-sum.
struct DoubleDouble {
  double high;
  double low;
};

DoubleDouble ExactSum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// Halves of 26 bits. Overflows for |a| > 2^996.
DoubleDouble Split(double a) {
  const double scaled = a * 134217729.0;  // 2^27 + 1.
  const double high = scaled - (scaled - a);
  return {high, a - high};
}

DoubleDouble ExactProduct(double a, double b) {
  const double product = a * b;
  const DoubleDouble x = Split(a);
  const DoubleDouble y = Split(b);
  const double error =
      ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low;
  return {product, error};
}

DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble sum = ExactSum(a.high, b.high);
  return ExactSum(sum.high, sum.low + (a.low + b.low));
}

DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = ExactProduct(a.high, b.high);
  return ExactSum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

// x = mantissa * 2^exponent with sqrt(1/2) <= mantissa < sqrt(2).
struct Scaled {
  double mantissa;
  double exponent;
};

// For positive finite x.
Scaled ScaleToOne(double x) {
  constexpr uint64_t kOne = 0x3ff0000000000000;
  constexpr uint64_t kRootHalf = 0x3fe6a09e667f3bcd;
  constexpr int kMantissaBits = 52;
  double exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= 0x1p54;
    exponent = -54;
  }
  // Shifted so that the exponent field steps at sqrt(1/2) times a power of two.
  const uint64_t shifted = std::bit_cast<uint64_t>(x) + (kOne - kRootHalf);
  exponent += static_cast<double>(static_cast<int>(shifted >> kMantissaBits) - 1023);
  const uint64_t fraction = shifted & ((uint64_t{1} << kMantissaBits) - 1);
  return {std::bit_cast<double>(fraction + kRootHalf), exponent};
}

// What is left of a logarithm's or power's domain after positive finite numbers.
double LogOutsideDomain(double x) {
  if (x == 0) return -kInfinity;
  return x > 0 ? x : kNaN;
}

bool IsPositiveFinite(double x) { return x > 0 && x < kInfinity; }

// ln(1 + f) - f for sqrt(1/2) <= 1 + f < sqrt(2). With s = f / (2 + f), ln(1 + f) = 2 atanh(s) =
// f - s (f - r) with r = 2 s^2/3 + 2 s^4/5 + ..., cut where terms fall below 2^-56; and s f =
// f^2/2 - s f^2/2 keeps the rounding of s out of the leading terms.
double LogExcess(double f) {
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double low = (2.0 / 3 + 2.0 / 5 * z) + (2.0 / 7 + 2.0 / 9 * z) * z2;
  const double high = (2.0 / 11 + 2.0 / 13 * z) + (2.0 / 15 + 2.0 / 17 * z) * z2;
  const double r = z * (low + (high + (2.0 / 19 + 2.0 / 21 * z) * z4) * z4);
  const double half_square = 0.5 * f * f;
  return s * (half_square + r) - half_square;
}

// ln(x) to about 2^-65 relative, by the same series with its leading terms in double-double.
DoubleDouble PreciseLog(double x) {
  const Scaled scaled = ScaleToOne(x);
  const double f = scaled.mantissa - 1.0;
  const DoubleDouble divisor = ExactSum(scaled.mantissa, 1.0);
  const double quotient = f / divisor.high;
  const DoubleDouble back = ExactProduct(quotient, divisor.high);
  const double remainder = ((f - back.high) - back.low) - quotient * divisor.low;
  const DoubleDouble s = ExactSum(quotient, remainder / divisor.high);
  const DoubleDouble z = s * s;
  double tail = 0;
  for (int denominator = 25; denominator >= 5; denominator -= 2) {
    tail = z.high * (1.0 / denominator + tail);
  }
  constexpr DoubleDouble kThird{0x1.5555555555555p-2, 0x1.5555555555555p-56};
  const DoubleDouble cubic = z * s * (kThird + DoubleDouble{tail, 0});
  const DoubleDouble half = s + cubic;
  const double k = scaled.exponent;
  return ExactSum(k * kLn2High, k * kLn2Low) + DoubleDouble{2 * half.high, 2 * half.low};
}

// x * 2^exponent for |exponent| <= 1100; rounds twice at most, where the result is subnormal.
double ScaleByPowerOfTwo(double x, int exponent) {
  const int first = exponent / 2;
  const auto power = [](int k) {
    return std::bit_cast<double>(static_cast<uint64_t>(1023 + k) << 52);
  };
  return x * power(first) * power(exponent - first);
}

// e^(x.high + x.low). With k the whole number nearest to x / ln 2 and r = x - k ln 2, the result is
// 2^k (1 + r + r^2 q(r)), q the Taylor series cut where terms fall below 2^-57; 1 + r is carried
// exactly, so that little more than the final rounding remains.
double ExpOfSum(DoubleDouble x) {
  if (x.high > 709.79) return kInfinity;
  if (x.high < -745.2) return 0;
  constexpr double kRounder = 0x1.8p52;  // Adding and subtracting it rounds to a whole number.
  const double k = (x.high * kInverseLn2 + kRounder) - kRounder;
  const double reduced = x.high - k * kLn2High;
  const double correction = x.low - k * kLn2Low;
  const double r = reduced + correction;
  const double r_error = (reduced - r) + correction;

  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
  const double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
  const double high =
      (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
  const double square_terms = r2 * (low + r4 * (middle + r4 * high));

  const double leading = 1.0 + r;
  const double leading_error = (1.0 - leading) + r;
  const double mantissa = leading + (leading_error + (r_error * leading + square_terms));
  return ScaleByPowerOfTwo(mantissa, static_cast<int>(k));
}

}  // namespace

double Exp(double x) {
  if (std::isnan(x)) return kNaN;
  return ExpOfSum({x, 0});
}

double Log(double x) {
  if (!IsPositiveFinite(x)) return LogOutsideDomain(x);
  const Scaled scaled = ScaleToOne(x);
  const double f = scaled.mantissa - 1.0;
  const double excess = LogExcess(f) + scaled.exponent * kLn2Low;
  return scaled.exponent * kLn2High + (f + excess);
}

double Log2(double x) {
  if (!IsPositiveFinite(x)) return LogOutsideDomain(x);
  const Scaled scaled = ScaleToOne(x);
  const double f = scaled.mantissa - 1.0;
  return scaled.exponent + (f + LogExcess(f)) * kInverseLn2;
}

double Pow(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  if (std::isnan(exponent) || std::isnan(base) || base < 0) return kNaN;
  if (base == 0 || base == kInfinity || std::abs(exponent) == kInfinity) {
    return (base > 1) == (exponent > 0) ? kInfinity : 0;
  }
  const DoubleDouble log = PreciseLog(base);
  const double product = exponent * log.high;
  if (product > 710) return kInfinity;
  if (product < -746) return 0;
  const DoubleDouble exact = ExactProduct(exponent, log.high);
  return ExpOfSum(ExactSum(exact.high, exact.low + exponent * log.low));
}

}  // namespace tessera
