#include "configs/quantity.h"

#include <gtest/gtest.h>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

TEST(QuantityTest, UnitsAreDecimalBinaryOrBits) {
  EXPECT_EQ(ParseBytes("80 GiB").value(), Bytes::GiB(80));
  EXPECT_EQ(ParseBytes("80 GB").value(), Bytes(80'000'000'000));
  EXPECT_EQ(ParseBytes("140.4 GiB").value(), Bytes(150'753'352'090));
  EXPECT_EQ(ParseBandwidth("450 GB/s").value(), Bandwidth::GigabytesPerSecond(450));
  EXPECT_EQ(ParseBandwidth("400 Gb/s").value(), Bandwidth::GigabitsPerSecond(400));
  EXPECT_EQ(ParseBandwidth("8.3 Gb/s").value(), Bandwidth::BytesPerSecond(1'037'500'000));
  EXPECT_EQ(ParseDuration("2.5 us").value(), Duration(2'500'000));
  EXPECT_EQ(ParseDuration("711ns").value(), Duration(711'000));
  EXPECT_EQ(ParseQuantity("1.83 GHz", QuantityKind::kFrequency).value(), 1.83e9);
  EXPECT_EQ(ParseQuantity("989 TFLOP/s", QuantityKind::kFlopRate).value(), 989e12);
  EXPECT_EQ(ParseQuantity("3.9 pJ/bit", QuantityKind::kEnergyPerBit).value(), 3.9e-12);
}

TEST(QuantityTest, WholeQuantitiesRoundToTheNearest) {
  EXPECT_EQ(ParseDuration("0.4 ps").value(), Duration(0));
  EXPECT_EQ(ParseDuration("0.5 ps").value(), Duration(1));
  EXPECT_EQ(ParseDuration("1e-400 s").value(), Duration(0));
  EXPECT_EQ(ParseBandwidth("1 Mb/s").value(), Bandwidth::BytesPerSecond(125'000));
  EXPECT_EQ(ParseBytes("0.000000000000000000000000000001 GB").value(), Bytes(0));
}

TEST(QuantityTest, NumbersAreExactWhateverTheirForm) {
  EXPECT_EQ(ParseBytes("1.5e3 KB").value(), Bytes(1'500'000));
  EXPECT_EQ(ParseBytes("1500E-3 MB").value(), Bytes(1'500'000));
  EXPECT_EQ(ParseBytes("+.5 KiB").value(), Bytes(512));
  EXPECT_EQ(ParseBytes("-0 B").value(), Bytes(0));
  EXPECT_EQ(ParseBytes("9223372036854775807 B").value(), Bytes(INT64_MAX));
  EXPECT_EQ(ParseBytes("000000000000000000000001 B").value(), Bytes(1));
}

struct BadQuantity {
  const char* text;
  QuantityKind kind;
  const char* message;
};

class QuantityFaultTest : public testing::TestWithParam<BadQuantity> {};

TEST_P(QuantityFaultTest, IsExplained) {
  EXPECT_THAT(ParseQuantity(GetParam().text, GetParam().kind), FailsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, QuantityFaultTest,
    testing::Values(
        BadQuantity{"", QuantityKind::kPower,
                    "no number; accepted: a number and its unit, such as \"700 W\""},
        BadQuantity{"fast", QuantityKind::kPower,
                    "no number; accepted: a number and its unit, such as \"700 W\""},
        BadQuantity{".nan", QuantityKind::kPower,
                    "no number; accepted: a number and its unit, such as \"700 W\""},
        BadQuantity{"inf W", QuantityKind::kPower,
                    "no number; accepted: a number and its unit, such as \"700 W\""},
        BadQuantity{"-1 W", QuantityKind::kPower, "negative; accepted: zero or more"},
        BadQuantity{"700", QuantityKind::kPower,
                    "no unit; accepted: mW, W, kW, MW; such as \"700 W\""},
        BadQuantity{"1 Watt", QuantityKind::kPower,
                    "unknown unit \"Watt\"; accepted: mW, W, kW, MW"},
        BadQuantity{"1 Gb", QuantityKind::kBandwidth,
                    "unknown unit \"Gb\"; accepted: B/s, KB/s, MB/s, GB/s, TB/s, PB/s, MiB/s, "
                    "GiB/s, Mb/s, Gb/s, Tb/s"},
        BadQuantity{"450 GBps", QuantityKind::kBandwidth,
                    "unknown unit \"GBps\"; did you mean \"GB/s\"? accepted: B/s, KB/s, MB/s, "
                    "GB/s, TB/s, PB/s, MiB/s, GiB/s, Mb/s, Gb/s, Tb/s"},
        BadQuantity{"1e999 W", QuantityKind::kPower,
                    "exponent out of range; accepted: -400 to 400"},
        BadQuantity{"1e400 W", QuantityKind::kPower, "too large; accepted: below 1.8e308"}));

TEST(QuantityTest, MoreThanAWordHoldsIsRefused) {
  EXPECT_THAT(ParseBytes("9223372036854775808 B"), FailsWith("too large; accepted: below 2^63 B"));
  EXPECT_THAT(ParseBytes("1e300 B"), FailsWith("too large; accepted: below 2^63 B"));
  EXPECT_THAT(ParseDuration("9300000 s"), FailsWith("too large; accepted: below 2^63 ps"));
}

}  // namespace
}  // namespace tessera
