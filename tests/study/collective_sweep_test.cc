#include "study/collective_sweep.h"

#include <gmock/gmock.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CollectiveSweep Sweep(const char* system, CollectiveOp op) {
  CollectiveSweep sweep;
  auto loaded = Catalog("configs").LoadSystem(system);
  EXPECT_THAT(loaded, IsOk());
  sweep.system = *std::move(loaded);
  sweep.request.op = op;
  sweep.request.harness = Harness::kNcclTests;
  sweep.request.element_bytes = 4;
  return sweep;
}

std::vector<int64_t> SizesOf(const CollectiveTable& table) {
  std::vector<int64_t> sizes;
  for (const CollectiveRow& row : table.rows) sizes.push_back(row.bytes.count());
  return sizes;
}

TEST(CollectiveSweepTest, SizesGrowByTheFactorOrByTheStepInWholeElementsOfAllRanks) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllGather);
  sweep.first = Bytes(8);
  sweep.last = Bytes(256);
  const auto by_factor = RunCollectiveSweep(sweep);
  ASSERT_THAT(by_factor, IsOk());
  EXPECT_THAT(SizesOf(*by_factor), ElementsAre(32, 64, 128, 256));
  EXPECT_EQ(by_factor->rows[3].count, 8);  // Of one of eight ranks.
  sweep.step = Bytes(100);
  const auto by_step = RunCollectiveSweep(sweep);
  ASSERT_THAT(by_step, IsOk());
  EXPECT_THAT(SizesOf(*by_step), ElementsAre(96, 192));
}

TEST(CollectiveSweepTest, ChoicesChangeWhereTheCrossoversSay) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllReduce);
  sweep.first = Bytes::KiB(1);
  sweep.last = Bytes::GiB(1);
  sweep.factor = 1024;
  const auto table = RunCollectiveSweep(sweep);
  ASSERT_THAT(table, IsOk());
  ASSERT_FALSE(table->crossovers.empty());
  EXPECT_EQ(table->crossovers.front().below, table->rows.front().candidates[0].Name());
  EXPECT_EQ(table->crossovers.back().above, table->rows.back().candidates[0].Name());
  for (const CollectiveCrossover& crossing : table->crossovers) {
    CollectiveSweep around = sweep;
    around.first = Bytes(crossing.bytes.count() * 100 / 102);
    around.last = crossing.bytes;
    around.step = Bytes(around.last.count() - around.first.count());
    const auto rows = RunCollectiveSweep(around);
    ASSERT_THAT(rows, IsOk());
    EXPECT_EQ(rows->rows.front().candidates[0].Name(), crossing.below);
    EXPECT_EQ(rows->rows.back().candidates[0].Name(), crossing.above);
  }
}

TEST(CollectiveSweepTest, AlgorithmsSideBySideAreThoseThatCanRun) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllReduce);
  sweep.first = Bytes::KiB(4);
  sweep.last = Bytes::MiB(64);
  sweep.factor = 1 << 14;
  sweep.chips = 6;
  sweep.compare = true;
  const auto table = RunCollectiveSweep(sweep);
  ASSERT_THAT(table, IsOk());
  const CollectiveComparison& comparison = *table->comparison;
  EXPECT_THAT(comparison.algorithms, testing::Contains("ring"));
  EXPECT_THAT(comparison.left_out,
              testing::Contains(testing::Pair("swing", HasSubstr("6 ranks; give a power of two"))));
  ASSERT_EQ(comparison.times.size(), 2U);
  // Latency decides at 4 KiB, bytes at 64 MiB.
  const auto time = [&](size_t row, const char* name) {
    const auto at = std::find(comparison.algorithms.begin(), comparison.algorithms.end(), name);
    return comparison.times[row][static_cast<size_t>(at - comparison.algorithms.begin())];
  };
  EXPECT_LT(time(0, "recursive_doubling"), time(0, "ring"));
  EXPECT_GT(time(1, "recursive_doubling"), time(1, "ring"));
  EXPECT_FALSE(comparison.crossovers.empty());
  sweep.algorithms = {"ring", "rings"};
  EXPECT_THAT(RunCollectiveSweep(sweep),
              FailsContaining("unknown algorithm \"rings\"; did you mean \"ring\"?"));
}

TEST(CollectiveSweepTest, AMatrixIsScaledToTheRankThatSendsMost) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllToAllV);
  sweep.chips = 2;
  sweep.weights = {0, 3, 1, 0};
  sweep.first = sweep.last = Bytes::MiB(48);
  const auto skewed = RunCollectiveSweep(sweep);
  ASSERT_THAT(skewed, IsOk());
  sweep.weights = {0, 3, 3, 0};
  const auto even = RunCollectiveSweep(sweep);
  ASSERT_THAT(even, IsOk());
  EXPECT_EQ(skewed->rows[0].time, even->rows[0].time);  // 48 MiB one way is the longer one.
  sweep.weights = {0, 3, 1};
  EXPECT_THAT(RunCollectiveSweep(sweep),
              FailsWith("a matrix of 3 entries for all_to_allv of 2 ranks; give 4"));
}

TEST(CollectiveSweepTest, PartsOfNodesTakePart) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllReduce);
  sweep.nodes = 3;
  sweep.chips_per_node = 2;
  sweep.first = sweep.last = Bytes::MiB(1);
  const auto table = RunCollectiveSweep(sweep);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->ranks, 6);
  sweep.chips_per_node = 9;
  EXPECT_THAT(RunCollectiveSweep(sweep),
              FailsWith("system \"dgx_h100\" has 8 chips per node, 24 on 3 nodes"));
}

TEST(CollectiveSweepTest, ThousandsOfRanksAreAnsweredInClosedForm) {
  CollectiveSweep sweep = Sweep("dgx_h100", CollectiveOp::kAllReduce);
  sweep.nodes = 1024;
  sweep.first = sweep.last = Bytes::GiB(8);
  sweep.request.algorithm = "ring";
  const auto table = RunCollectiveSweep(sweep);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->ranks, 8192);
  EXPECT_FALSE(table->rows[0].simulated);
  EXPECT_EQ(table->rows[0].time, table->rows[0].candidates[0].predicted);
}

}  // namespace
}  // namespace tessera
