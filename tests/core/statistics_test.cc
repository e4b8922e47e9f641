#include "core/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace tessera {
namespace {

TEST(SummaryTest, CountsSumsAndKeepsTheRange) {
  Summary summary;
  EXPECT_EQ(summary.count(), 0);
  EXPECT_EQ(summary.sum(), 0);
  for (const double value : {3.0, -1.0, 4.0}) summary.Add(value);
  EXPECT_EQ(summary.count(), 3);
  EXPECT_EQ(summary.sum(), 6);
  EXPECT_EQ(summary.mean(), 2);
  EXPECT_EQ(summary.min(), -1);
  EXPECT_EQ(summary.max(), 4);
}

TEST(SummaryDeathTest, NothingHasNoMeanOrRange) {
  const Summary summary;
  EXPECT_DEATH(summary.mean(), "check failed: count_ > 0");
  EXPECT_DEATH(summary.min(), "check failed: count_ > 0");
  EXPECT_DEATH(summary.max(), "check failed: count_ > 0");
}

TEST(SampleTest, QuantilesAreNearestRanks) {
  Sample sample;
  for (const double value : {50.0, 15.0, 40.0, 20.0, 35.0}) sample.Add(value);
  EXPECT_EQ(sample.Quantile(0), 15);
  EXPECT_EQ(sample.Quantile(0.05), 15);
  EXPECT_EQ(sample.Quantile(0.2), 15);
  EXPECT_EQ(sample.Quantile(0.3), 20);
  EXPECT_EQ(sample.Quantile(0.4), 20);
  EXPECT_EQ(sample.Quantile(0.5), 35);
  EXPECT_EQ(sample.Quantile(1), 50);
  EXPECT_EQ(sample.summary().sum(), 160);
  sample.Add(1);
  EXPECT_EQ(sample.Quantile(0), 1);
}

TEST(SampleTest, WholeRanksAreNotLostToRounding) {
  for (int n = 1; n <= 1000; ++n) {
    Sample sample;
    for (int i = 1; i <= n; ++i) sample.Add(i);
    for (int rank = 1; rank <= n; ++rank) {
      ASSERT_EQ(sample.Quantile(static_cast<double>(rank) / n), rank) << rank << " of " << n;
    }
  }
  Sample hundred;
  for (int i = 1; i <= 100; ++i) hundred.Add(i);
  for (int percent = 1; percent <= 100; ++percent) {
    EXPECT_EQ(hundred.Quantile(percent * 0.01), percent);
  }
}

TEST(SampleDeathTest, QuantilesNeedValuesAndAShare) {
  Sample sample;
  EXPECT_DEATH(sample.Quantile(0.5), "check failed: !values_.empty\\(\\)");
  sample.Add(1);
  EXPECT_DEATH(sample.Quantile(1.1), "check failed: p >= 0 && p <= 1");
  EXPECT_DEATH(sample.Quantile(-0.1), "check failed: p >= 0 && p <= 1");
  EXPECT_DEATH(sample.Add(std::nan("")), "check failed: !std::isnan\\(value\\)");
}

}  // namespace
}  // namespace tessera
