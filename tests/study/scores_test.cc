#include "study/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace tessera {
namespace {

CaseResult Ran(const std::string& id, const std::string& group, double predicted,
               std::vector<std::string> subsets = {"A"}) {
  CaseResult result;
  result.id = id;
  result.group = group;
  result.trust = 3;
  result.status = CaseStatus::kOk;
  result.expected = 1;
  result.predicted = predicted;
  result.subsets = std::move(subsets);
  return result;
}

TEST(ScoresTest, TheErrorIsTheLogarithmOfPredictedOverExpected) {
  CaseResult result = Ran("a", "g/h", 2);
  EXPECT_DOUBLE_EQ(*LogError(result), std::log(2));
  result.expected = 4;
  EXPECT_DOUBLE_EQ(*LogError(result), -std::log(2));
  result.predicted = 0;
  EXPECT_FALSE(LogError(result).has_value());
  result.predicted.reset();
  EXPECT_FALSE(LogError(result).has_value());
}

TEST(ScoresTest, ErrorsAreAveragedInAGroupBeforeGroupsAreRanked) {
  // Group f/a has mean absolute error (1 + 3) / 2 = 2, f/b 0.5, f/c 4.
  const std::vector<CaseResult> results = {
      Ran("1", "f/a", std::exp(1)), Ran("2", "f/a", std::exp(-3)), Ran("3", "f/b", std::exp(0.5)),
      Ran("4", "f/c", std::exp(4))};
  const std::vector<Score> scores = Scores(results);
  ASSERT_EQ(scores.size(), 1U);
  EXPECT_EQ(scores[0].subset, "A");
  EXPECT_EQ(scores[0].groups, 3);
  EXPECT_EQ(scores[0].cases, 4);
  EXPECT_NEAR(scores[0].median_abs_log_error, 2, 1e-12);
  EXPECT_NEAR(scores[0].p90_abs_log_error, 4, 1e-12);
  const std::vector<GroupError> groups = GroupErrors(results, "A");
  EXPECT_NEAR(groups[0].mean_log_error, -1, 1e-12);
  EXPECT_EQ(groups[0].worst_case, "2");
}

TEST(ScoresTest, PercentilesTakeTheNearestRank) {
  std::vector<CaseResult> results;
  for (int i = 1; i <= 10; ++i) {
    results.push_back(Ran(std::to_string(i), "f/" + std::to_string(i), std::exp(i)));
  }
  EXPECT_NEAR(Scores(results)[0].median_abs_log_error, 5, 1e-12);
  EXPECT_NEAR(Scores(results)[0].p90_abs_log_error, 9, 1e-12);
}

TEST(ScoresTest, OnlyWhatRanCountsAndEmptySubsetsSayZeroGroups) {
  CaseResult excluded = Ran("x", "f/x", 9, {"B"});
  excluded.status = CaseStatus::kExcluded;
  const std::vector<Score> scores = Scores(std::vector<CaseResult>{excluded, Ran("1", "f/a", 1)});
  ASSERT_EQ(scores.size(), 2U);
  EXPECT_EQ(scores[0].subset, "A");
  EXPECT_EQ(scores[0].cases, 1);
  EXPECT_EQ(scores[0].median_abs_log_error, 0);
  EXPECT_EQ(scores[1].subset, "B");
  EXPECT_EQ(scores[1].groups, 0);
}

TEST(ScoresTest, SubsetsStandInTheOrderOfCategoriesThenByName) {
  const std::vector<CaseResult> results = {
      Ran("1", "f/a", 1, {"noc", "E"}), Ran("2", "f/a", 1, {"D", "D_single_node", "gemm"}),
      Ran("3", "f/a", 1, {"A", "A<16MiB", "collective"}), Ran("4", "f/a", 1, {"A", "A>=16MiB"})};
  std::vector<std::string> order;
  for (const Score& score : Scores(results)) order.push_back(score.subset);
  EXPECT_THAT(order, testing::ElementsAre("A", "A>=16MiB", "A<16MiB", "D", "D_single_node", "E",
                                          "collective", "gemm", "noc"));
}

}  // namespace
}  // namespace tessera
