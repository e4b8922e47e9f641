#include "workload/expert_routing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "workload/load_metrics.h"

namespace tessera {
namespace {

RoutingParams DeepSeek(MoeRoutingSpec::Kind kind) {
  RoutingParams params;
  params.moe.experts = 256;
  params.moe.experts_per_token = 8;
  params.routing.kind = kind;
  params.expert_ranks = 64;
  params.tokens_per_rank = 64;
  return params;
}

int64_t Sum(const std::vector<int64_t>& v) {
  return std::accumulate(v.begin(), v.end(), int64_t{0});
}

LoadMetrics Metrics(const std::vector<int64_t>& rows) {
  return MeasureLoad(std::vector<double>(rows.begin(), rows.end()));
}

TEST(ExpertRoutingTest, EveryChoiceIsCountedOnce) {
  for (const auto kind : {MoeRoutingSpec::Kind::kBalanced, MoeRoutingSpec::Kind::kUniform,
                          MoeRoutingSpec::Kind::kZipf}) {
    RoutingParams params = DeepSeek(kind);
    params.routing.zipf_exponent = 0.8;
    const ExpertRouting routing = RouteExperts(params);
    EXPECT_EQ(Sum(routing.expert_rows), 64 * 64 * 8);
    EXPECT_EQ(Sum(routing.expert_copies), 64 * 64 * 8);
    EXPECT_LE(Sum(routing.rank_copies), Sum(routing.expert_copies));
    EXPECT_LE(Sum(routing.node_copies), Sum(routing.rank_copies));
    EXPECT_EQ(routing.dropped, 0);
  }
}

TEST(ExpertRoutingTest, BalancedExpertsDifferByAtMostOne) {
  for (const int64_t tokens : {1, 7, 64}) {
    RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kBalanced);
    params.tokens_per_rank = tokens;
    const ExpertRouting routing = RouteExperts(params);
    const auto [low, high] =
        std::minmax_element(routing.expert_rows.begin(), routing.expert_rows.end());
    EXPECT_LE(*high - *low, 1) << tokens;
  }
}

TEST(ExpertRoutingTest, BalancedTokensStillSpreadOverNodesAtRandom) {
  const RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kBalanced);
  const ExpertRouting routing = RouteExperts(params);
  const double nodes = static_cast<double>(Sum(routing.node_copies)) / (64 * 64);
  EXPECT_NEAR(nodes, ExpectedDistinctGroups(params.moe, 8), 0.05);
}

TEST(ExpertRoutingTest, KnownAnswerEpExpectedNodesTouched) {
  RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kUniform);
  EXPECT_NEAR(ExpectedDistinctGroups(params.moe, 8) / 5.29465200038, 1, 1e-9);
  params.tokens_per_rank = 256;
  const ExpertRouting routing = RouteExperts(params);
  EXPECT_NEAR(static_cast<double>(Sum(routing.node_copies)) / (64 * 256), 5.2947, 0.03);
}

TEST(ExpertRoutingTest, NodeLimitCapsTheNodesOfEveryToken) {
  for (const auto kind : {MoeRoutingSpec::Kind::kBalanced, MoeRoutingSpec::Kind::kUniform}) {
    RoutingParams params = DeepSeek(kind);
    params.routing.max_nodes_per_token = 4;
    const ExpertRouting routing = RouteExperts(params);
    EXPECT_LE(Sum(routing.node_copies), 4 * 64 * 64);
    EXPECT_GT(Sum(routing.node_copies), 3.5 * 64 * 64);
    EXPECT_EQ(Sum(routing.expert_rows), 64 * 64 * 8);
  }
}

TEST(ExpertRoutingTest, KnownAnswerMoeUniformNoiseCv) {
  RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kUniform);
  params.expert_ranks = 1;
  params.tokens_per_rank = 4096;
  const double cv = std::sqrt((1 - 8.0 / 256) / (4096 * 8.0 / 256));
  EXPECT_NEAR(cv / 0.0869963181692, 1, 1e-9);
  const ExpertRouting routing = RouteExperts(params);
  EXPECT_EQ(Sum(routing.expert_rows) / 256, 128);
  EXPECT_NEAR(Metrics(routing.expert_rows).coefficient_of_variation, cv, 0.012);
}

TEST(ExpertRoutingTest, KnownAnswerMoeZipfShares) {
  const std::vector<double> shares = ZipfShares(8, 1.0);
  EXPECT_NEAR(shares[0] / 0.367936925099, 1, 1e-9);
  EXPECT_NEAR(8 * shares[0] / 2.94349540079, 1, 1e-9);
}

TEST(ExpertRoutingTest, SkewGrowsWithTheExponentAndMovesWithTheLayer) {
  double last = 0;
  for (const double exponent : {0.0, 0.3, 0.6, 1.0}) {
    RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kZipf);
    params.routing.zipf_exponent = exponent;
    const double gini = Metrics(RouteExperts(params).expert_rows).gini;
    EXPECT_GT(gini, last);
    last = gini;
  }
  RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kZipf);
  params.routing.zipf_exponent = 1;
  const auto first = RouteExperts(params).expert_rows;
  params.layer = 1;
  EXPECT_NE(first, RouteExperts(params).expert_rows);
}

TEST(ExpertRoutingTest, SameArgumentsGiveTheSameRouting) {
  const RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kUniform);
  EXPECT_EQ(RouteExperts(params).expert_copies, RouteExperts(params).expert_copies);
}

TEST(ExpertRoutingTest, NoExpertTakesMoreThanEveryToken) {
  RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kZipf);
  params.routing.zipf_exponent = 3;
  const ExpertRouting routing = RouteExperts(params);
  EXPECT_LE(*std::max_element(routing.expert_rows.begin(), routing.expert_rows.end()), 64 * 64);
}

TEST(ExpertRoutingTest, KnownAnswerMoeCapacityDrop) {
  MoeSpec moe;
  moe.experts = 8;
  moe.experts_per_token = 2;
  const int64_t capacity = ExpertCapacity(moe, 1.25, 1024);
  EXPECT_EQ(capacity, 320);
  int64_t dropped = 0;
  for (const int64_t load : {700, 420, 300, 200, 160, 120, 90, 58}) {
    dropped += std::max<int64_t>(0, load - capacity);
  }
  EXPECT_EQ(dropped, 480);
}

TEST(ExpertRoutingTest, ChoicesOverTheCapacityAreDropped) {
  RoutingParams params = DeepSeek(MoeRoutingSpec::Kind::kZipf);
  params.routing.zipf_exponent = 1;
  params.routing.capacity_factor = 1.25;
  const ExpertRouting routing = RouteExperts(params);
  EXPECT_GT(routing.dropped, 0);
  EXPECT_EQ(Sum(routing.expert_rows) + routing.dropped, 64 * 64 * 8);
  EXPECT_EQ(*std::max_element(routing.expert_rows.begin(), routing.expert_rows.end()), 160);
}

TEST(LoadMetricsTest, KnownAnswerMoeImbalanceMetrics) {
  const LoadMetrics m = MeasureLoad({10.0, 20.0, 30.0, 40.0});
  EXPECT_NEAR(m.max_over_mean, 1.6, 1e-9);
  EXPECT_NEAR(m.coefficient_of_variation, 0.4472135955, 1e-9);
  EXPECT_NEAR(m.gini, 0.25, 1e-9);
  EXPECT_NEAR(m.max_violation, 0.6, 1e-9);
  EXPECT_NEAR(m.utilisation, 0.625, 1e-9);
}

TEST(LoadMetricsTest, EqualLoadsAreBalanced) {
  const LoadMetrics m = MeasureLoad({5.0, 5.0, 5.0});
  EXPECT_EQ(m.max_over_mean, 1);
  EXPECT_EQ(m.gini, 0);
  EXPECT_NEAR(m.entropy, 1, 1e-12);
}

}  // namespace
}  // namespace tessera
