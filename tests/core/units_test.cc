#include "core/units.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;

TEST(DurationTest, NanosecondsAndMicrosecondsConvertLosslessly) {
  EXPECT_EQ(Duration(5ns).count(), 5'000);
  EXPECT_EQ(Duration(2us).count(), 2'000'000);
}

TEST(DurationTest, SecondsAreReadBack) {
  EXPECT_DOUBLE_EQ(ToSeconds(Duration(1'500'000'000'000)), 1.5);
  EXPECT_DOUBLE_EQ(ToSeconds(Time(Duration(1))), 1e-12);
}

TEST(DurationTest, CeilSecondsRoundsUpToWholePicoseconds) {
  EXPECT_EQ(CeilSeconds(0.0), Duration(0));
  EXPECT_EQ(CeilSeconds(1e-15), Duration(1));
  EXPECT_EQ(CeilSeconds(1.0), Duration(1'000'000'000'000));
  EXPECT_EQ(CeilSeconds(2.5e-12), Duration(3));
  EXPECT_EQ(CeilSeconds(9e6), Duration(9'000'000'000'000'000'000));
}

TEST(BytesTest, BinaryPrefixesAndArithmetic) {
  EXPECT_EQ(Bytes::KiB(3).count(), 3072);
  EXPECT_EQ(Bytes::MiB(1), Bytes(1048576));
  EXPECT_EQ(Bytes::GiB(2), Bytes::MiB(2048));
  Bytes sum(1);
  sum += Bytes(10);
  sum -= Bytes(4);
  EXPECT_EQ(sum, Bytes(7));
  EXPECT_EQ(Bytes(3) + Bytes(4), Bytes(7));
  EXPECT_EQ(Bytes(3) - Bytes(4), Bytes(-1));
  EXPECT_EQ(2 * Bytes(3), Bytes(3) * 2);
  EXPECT_LT(Bytes(1), Bytes(2));
}

TEST(BandwidthTest, DecimalPrefixesForBytesAndBits) {
  EXPECT_EQ(Bandwidth::GigabytesPerSecond(450).bytes_per_second(), 450'000'000'000);
  EXPECT_EQ(Bandwidth::GigabitsPerSecond(400), Bandwidth::GigabytesPerSecond(50));
  EXPECT_EQ(Bandwidth::BytesPerSecond(7) * 3, Bandwidth::BytesPerSecond(21));
}

TEST(BandwidthTest, ScaledRoundsDownButNeverToNothing) {
  EXPECT_EQ(Bandwidth::BytesPerSecond(10).Scaled(0.59), Bandwidth::BytesPerSecond(5));
  EXPECT_EQ(Bandwidth::BytesPerSecond(10).Scaled(0.0), Bandwidth::BytesPerSecond(1));
}

TEST(TransferTimeTest, RoundsUpSoThatNoTransferIsFree) {
  EXPECT_EQ(TransferTime(Bytes(0), Bandwidth::GigabytesPerSecond(1)), Duration(0));
  EXPECT_EQ(TransferTime(Bytes(1), Bandwidth::GigabytesPerSecond(3'000)), Duration(1));
  EXPECT_EQ(TransferTime(Bytes(1000), Bandwidth::GigabytesPerSecond(1)), Duration(1us));
  EXPECT_EQ(TransferTime(Bytes(1), Bandwidth::BytesPerSecond(3)), Duration(333'333'333'334));
}

TEST(TransferTimeTest, ProductsBeyondSixtyFourBitsDoNotOverflow) {
  EXPECT_EQ(TransferTime(Bytes::GiB(1024), Bandwidth::BytesPerSecond(1'099'511'627'776)),
            Duration(1'000'000'000'000));
}

TEST(QuantityTest, SumsScalesAndRatios) {
  Flops total(2.0);
  total += Flops(1.0);
  EXPECT_EQ(total, Flops(3.0));
  EXPECT_EQ(Flops(3.0) - Flops(1.0), Flops(2.0));
  EXPECT_EQ(Flops(3.0) * 2.0, Flops(6.0));
  EXPECT_DOUBLE_EQ(Flops(3.0) / Flops(2.0), 1.5);
  EXPECT_LT(Energy(1.0), Energy(2.0));
}

}  // namespace
}  // namespace tessera
