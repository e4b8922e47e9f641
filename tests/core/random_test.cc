#include "core/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "core/hash.h"
#include "core/math.h"

namespace tessera {
namespace {

using testing::ElementsAre;

// The known answer for zero key and counter of Random123's kat_vectors (philox4x64, 10 rounds).
TEST(RandomStreamTest, IsPhilox) {
  RandomStream random({});
  const std::array<uint64_t, 4> drawn = {random.Next(), random.Next(), random.Next(),
                                         random.Next()};
  EXPECT_THAT(drawn, ElementsAre(0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
                                 0x7e68b68aec7ba23b));
}

TEST(RandomStreamTest, EqualKeysDrawEqualNumbersAndACopyGoesOnAlike) {
  RandomStream a({.run_seed = 3, .component = 4, .purpose = 5});
  RandomStream b({.run_seed = 3, .component = 4, .purpose = 5});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.Next(), b.Next());
  RandomStream c = a;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.Next(), c.Next());
}

TEST(RandomStreamTest, SeedComponentAndPurposeEachMakeAnotherStream) {
  std::set<uint64_t> drawn;
  int streams = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    for (uint32_t component = 0; component < 8; ++component) {
      for (uint32_t purpose = 0; purpose < 8; ++purpose, ++streams) {
        RandomStream random({seed, component, purpose});
        for (int i = 0; i < 16; ++i) drawn.insert(random.Next());
      }
    }
  }
  EXPECT_EQ(drawn.size(), static_cast<size_t>(16 * streams));
}

// Of n independent pairs of uniform numbers the mean product of deviations has standard deviation
// 1 / (12 sqrt(n)); bounds are 5 of them.
TEST(RandomStreamTest, NeighbouringStreamsAndNeighboursInAStreamAreUncorrelated) {
  constexpr int kPairs = 200'000;
  const double bound = 5 / (12 * std::sqrt(kPairs));
  for (uint32_t component = 0; component < 4; ++component) {
    RandomStream a({.run_seed = 1, .component = component});
    RandomStream b({.run_seed = 1, .component = component + 1});
    double across = 0;
    double along = 0;
    double last = 0.5;
    for (int i = 0; i < kPairs; ++i) {
      const double x = a.Uniform();
      across += (x - 0.5) * (b.Uniform() - 0.5);
      along += (x - 0.5) * (last - 0.5);
      last = x;
    }
    EXPECT_LT(std::abs(across / kPairs), bound);
    EXPECT_LT(std::abs(along / kPairs), bound);
  }
}

// Chi-squared of `counts` against equal expectation.
template <typename Counts>
double ChiSquared(const Counts& counts, double expected) {
  double sum = 0;
  for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// For k - 1 degrees of freedom, mean k - 1 and variance 2 (k - 1); bounds are 5 deviations.
double ChiSquaredBound(int classes) { return (classes - 1) + 5 * std::sqrt(2.0 * (classes - 1)); }

TEST(RandomStreamTest, BelowIsEvenlySpread) {
  for (const int n : {2, 3, 7, 10, 64, 1000}) {
    RandomStream random({.run_seed = 2, .component = static_cast<uint32_t>(n)});
    std::vector<double> counts(static_cast<size_t>(n), 0);
    for (int i = 0; i < 100 * n; ++i) ++counts[random.Below(static_cast<uint64_t>(n))];
    EXPECT_LT(ChiSquared(counts, 100), ChiSquaredBound(n)) << n;
  }
  EXPECT_EQ(RandomStream({}).Below(1), 0U);
}

// With n = 3 * 2^62, taking a draw modulo n or scaling it without rejection hits one third of the
// range twice as often.
TEST(RandomStreamTest, BelowIsUnbiasedForRangesNearTwoToTheSixtyFour) {
  constexpr uint64_t kThird = uint64_t{1} << 62;
  RandomStream random({.run_seed = 3});
  std::array<double, 3> by_third = {};
  std::array<double, 3> by_remainder = {};
  for (int i = 0; i < 30'000; ++i) {
    const uint64_t drawn = random.Below(3 * kThird);
    ++by_third[drawn / kThird];
    ++by_remainder[drawn % 3];
  }
  EXPECT_LT(ChiSquared(by_third, 10'000), ChiSquaredBound(3));
  EXPECT_LT(ChiSquared(by_remainder, 10'000), ChiSquaredBound(3));
}

TEST(RandomStreamTest, UniformLiesInTheHalfOpenUnitIntervalWithMeanOneHalf) {
  RandomStream random({.run_seed = 4});
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.Uniform();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    sum += x;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 5 / std::sqrt(12.0 * 100'000));
}

TEST(RandomStreamTest, BernoulliHitsAtItsProbability) {
  RandomStream random({.run_seed = 5});
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.Bernoulli(0.1) ? 1 : 0;
  EXPECT_NEAR(hits, 10'000, 5 * std::sqrt(9'000));
  EXPECT_FALSE(random.Bernoulli(0));
  EXPECT_TRUE(random.Bernoulli(1));
}

// Kolmogorov-Smirnov: the largest distance of the empirical distribution from the exact one
// exceeds 1.95 / sqrt(n) with probability below 0.001.
TEST(RandomStreamTest, ExponentialFollowsItsDistribution) {
  constexpr int kDraws = 50'000;
  constexpr double kMean = 0.9;
  RandomStream random({.run_seed = 6});
  std::vector<double> drawn(kDraws);
  for (double& x : drawn) x = random.Exponential(kMean);
  std::sort(drawn.begin(), drawn.end());
  double distance = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double exact = 1 - Exp(-drawn[static_cast<size_t>(i)] / kMean);
    distance = std::max({distance, exact - i / double{kDraws}, (i + 1) / double{kDraws} - exact});
  }
  EXPECT_GE(drawn.front(), 0);
  EXPECT_LT(distance, 1.95 / std::sqrt(kDraws));
  EXPECT_EQ(random.Exponential(0), 0);
}

TEST(RandomStreamTest, ShuffleMakesEveryOrderEquallyOften) {
  RandomStream random({.run_seed = 7});
  std::map<std::array<int, 4>, int> orders;
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> items = {0, 1, 2, 3};
    random.Shuffle(absl::MakeSpan(items));
    ++orders[items];
  }
  std::vector<double> counts;
  for (const auto& [order, count] : orders) counts.push_back(count);
  EXPECT_EQ(counts.size(), 24U);
  EXPECT_LT(ChiSquared(counts, 1000), ChiSquaredBound(24));
}

TEST(RandomStreamTest, EveryBitIsTheSameInEveryBuild) {
  RandomStream random({.run_seed = 8, .component = 9, .purpose = 10});
  StableHash hash;
  std::vector<uint64_t> items(100);
  std::iota(items.begin(), items.end(), 0);
  for (uint64_t i = 1; i <= 10'000; ++i) {
    hash.AddInteger(random.Below(i));
    hash.AddInteger(std::bit_cast<uint64_t>(random.Exponential(2.5)));
  }
  random.Shuffle(absl::MakeSpan(items));
  for (const uint64_t item : items) hash.AddInteger(item);
  EXPECT_EQ(hash.Hex(), "58c2d50ab2a703c370daa0ee8bc07e64");
}

}  // namespace
}  // namespace tessera
