#include "nodes/breakdown.h"

#include <gtest/gtest.h>

#include "tests/nodes/machine.h"

namespace tessera {
namespace {

Duration SumOf(const TimeBreakdown& breakdown) {
  Duration sum = breakdown.idle;
  for (const Duration d : breakdown.compute) sum += d;
  for (const Duration d : breakdown.exposed_communication) sum += d;
  return sum;
}

TEST(AverageTime, PartsSumToTheMakespanInSpiteOfRounding) {
  std::vector<RankTime> ranks(7);
  Duration makespan{};
  for (int64_t r = 0; r < 7; ++r) {
    RankTime& rank = ranks[static_cast<size_t>(r)];
    rank.compute.by_class[0] = Duration(100 + r);
    rank.compute.by_class[3] = Duration(3 * r);
    rank.exposed[1] = Duration(11 * r % 5);
    rank.waiting[4] = Duration(2 + r % 3);
    rank.end = Time(rank.compute.by_class[0] + rank.compute.by_class[3] + rank.exposed[1] +
                    rank.waiting[4]);
    makespan = std::max(makespan, rank.end.time_since_epoch());
  }
  const TimeBreakdown breakdown = AverageTime(ranks, makespan);
  EXPECT_EQ(SumOf(breakdown), makespan);
  EXPECT_EQ(breakdown.compute[0], Duration(103));
  EXPECT_EQ(breakdown.idle, breakdown.waiting[4] + breakdown.finished);
}

TEST(SummariseTiers, ListsTheHottestLinksOfEachTier) {
  const auto topology = FullMesh(4);  // Links of 1 GB/s.
  std::vector<Bytes> bytes(topology->links().size());
  bytes[5] = Bytes(500);
  bytes[7] = Bytes(250);
  const auto tiers = SummariseTiers(*topology, bytes, std::chrono::microseconds(1));
  ASSERT_EQ(tiers.size(), 1);
  EXPECT_EQ(tiers[0].tier, Tier::kScaleUp);
  EXPECT_EQ(tiers[0].bytes, Bytes(750));
  EXPECT_DOUBLE_EQ(tiers[0].peak_utilisation, 0.5);
  EXPECT_DOUBLE_EQ(tiers[0].mean_utilisation, 0.75 / 12);
  ASSERT_EQ(tiers[0].hottest.size(), 8);
  EXPECT_EQ(tiers[0].hottest[0].link, 5);
  EXPECT_EQ(tiers[0].hottest[0].name, topology->LinkName(5));
  EXPECT_EQ(tiers[0].hottest[1].link, 7);
}

}  // namespace
}  // namespace tessera
