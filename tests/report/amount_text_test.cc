#include "report/amount_text.h"

#include <gtest/gtest.h>

namespace tessera {
namespace {

TEST(AmountText, TimesHaveFourDigitsAndAFittingUnit) {
  EXPECT_EQ(DurationText(Duration(0)), "0 s");
  EXPECT_EQ(DurationText(Duration(12)), "12 ps");
  EXPECT_EQ(DurationText(std::chrono::nanoseconds(1250)), "1.25 us");
  EXPECT_EQ(DurationText(Duration(412'345'678'901)), "412.3 ms");
  EXPECT_EQ(DurationText(std::chrono::seconds(3600)), "3600 s");
}

TEST(AmountText, WhatRoundsToAThousandTakesTheNextUnit) {
  EXPECT_EQ(DurationText(Duration(999'960'000)), "1 ms");
  EXPECT_EQ(DurationText(Duration(999'900'000)), "999.9 us");
}

TEST(AmountText, MemoryCountsIn1024AndTrafficIn1000) {
  EXPECT_EQ(MemoryText(Bytes::GiB(80)), "80 GiB");
  EXPECT_EQ(TrafficText(Bytes(80'000'000'000)), "80 GB");
  EXPECT_EQ(RateText(450e9), "450 GB/s");
}

TEST(AmountText, LargeCountsAreGrouped) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1000), "1,000");
  EXPECT_EQ(CountText(-1234567), "-1,234,567");
  EXPECT_EQ(AmountText(20480000.4), "20,480,000");
  EXPECT_EQ(AmountText(12.3456), "12.35");
}

TEST(AmountText, FractionsBecomePercent) { EXPECT_EQ(PercentText(0.5432), "54.3 %"); }

}  // namespace
}  // namespace tessera
