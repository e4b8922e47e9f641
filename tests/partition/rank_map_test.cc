#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "configs/rank_order.h"
#include "partition/plan.h"

namespace tessera {
namespace {

using testing::ElementsAre;

// 2 tensor x 2 context x 4 data x 2 pipeline = 32 ranks; experts 4 wide, split in 2.
PlanSpec Plan() {
  return {.tensor = 2,
          .pipeline = 2,
          .data = 4,
          .expert = 4,
          .context = 2,
          .expert_tensor = 2,
          .zero_group = 4};
}

TEST(RankMap, TensorIsFastestThenContextDataPipeline) {
  const RankMap map(Plan(), 32);
  const RankCoordinates c = map.Coordinates(16 + 8 + 2 + 1);
  EXPECT_EQ(c.tensor, 1);
  EXPECT_EQ(c.context, 1);
  EXPECT_EQ(c.data, 2);
  EXPECT_EQ(c.pipeline, 1);
  EXPECT_EQ(c.expert, 1);
  EXPECT_EQ(map.AtStage(27, 0), 11);
}

TEST(RankMap, GroupsAlongEveryAxis) {
  const RankMap map(Plan(), 32);
  EXPECT_THAT(map.Group(13, Axis::kTensor), ElementsAre(12, 13));
  EXPECT_THAT(map.Group(13, Axis::kContext), ElementsAre(13, 15));
  EXPECT_THAT(map.Group(13, Axis::kPipeline), ElementsAre(13, 29));
  EXPECT_THAT(map.Group(13, Axis::kData), ElementsAre(1, 3, 5, 7, 9, 11, 13, 15));
  EXPECT_THAT(map.Group(13, Axis::kShard), ElementsAre(9, 11, 13, 15));
  EXPECT_THAT(map.Group(13, Axis::kReplica), ElementsAre(5, 13));
  EXPECT_THAT(map.Group(13, Axis::kExpert), ElementsAre(9, 11, 13, 15));
  EXPECT_THAT(map.Group(13, Axis::kExpertData), ElementsAre(5, 13));
  EXPECT_THAT(map.Group(13, Axis::kExpertTensor), ElementsAre(12, 13));
  EXPECT_THAT(map.Group(13, Axis::kEmbedding), ElementsAre(13, 29));
  EXPECT_EQ(map.Group(13, Axis::kWorld).size(), 32u);
}

TEST(RankMap, GroupsPartitionTheRanksAndContainTheirMember) {
  const RankMap map(Plan(), 32);
  for (int a = 0; a < kAxisCount; ++a) {
    const Axis axis = static_cast<Axis>(a);
    std::map<int, std::vector<int>> group_of_first;
    for (int rank = 0; rank < map.ranks(); ++rank) {
      const std::vector<int> group = map.Group(rank, axis);
      EXPECT_THAT(group, testing::Contains(rank)) << AxisName(axis);
      EXPECT_EQ(static_cast<int>(group.size()), map.GroupSize(axis));
      const auto [it, inserted] = group_of_first.emplace(group.front(), group);
      EXPECT_EQ(it->second, group) << AxisName(axis);
    }
    EXPECT_EQ(static_cast<int>(group_of_first.size()) * map.GroupSize(axis), map.ranks());
  }
}

TEST(RankMap, CoordinatesInvert) {
  const RankMap map(Plan(), 32);
  for (int rank = 0; rank < map.ranks(); ++rank) {
    EXPECT_EQ(map.RankAt(map.Coordinates(rank)), rank);
  }
}

PlanSpec PlanInOrder(int order) {
  PlanSpec plan = Plan();
  plan.rank_order = order;
  return plan;
}

TEST(RankMap, AnotherOrderMakesOtherAxesNeighbours) {
  const auto order = ParseRankOrder("pp-dp-cp-tp");
  ASSERT_TRUE(order.has_value());
  const RankMap map(PlanInOrder(*order), 32);
  EXPECT_THAT(map.Group(0, Axis::kPipeline), ElementsAre(0, 1));
  EXPECT_THAT(map.Group(0, Axis::kContext), ElementsAre(0, 8));
  EXPECT_THAT(map.Group(0, Axis::kTensor), ElementsAre(0, 16));
  EXPECT_THAT(map.Group(0, Axis::kData), ElementsAre(0, 8, 2, 10, 4, 12, 6, 14));
  EXPECT_EQ(map.AtStage(6, 1), 7);
}

// The group of the same place of the grid in another order, in the numbers of `map`.
std::vector<int> Renumbered(const RankMap& map, const RankMap& other, int rank, Axis axis) {
  std::vector<int> group;
  for (const int member : other.Group(other.RankAt(map.Coordinates(rank)), axis)) {
    group.push_back(map.RankAt(other.Coordinates(member)));
  }
  return group;
}

// Groups are those of the same places of the grid, whatever their numbers.
TEST(RankMap, EveryOrderRenumbersTheSameGroups) {
  const RankMap plain(Plan(), 32);
  for (int order = 0; order < kRankOrderCount; ++order) {
    const RankMap map(PlanInOrder(order), 32);
    for (int rank = 0; rank < map.ranks(); ++rank) {
      EXPECT_EQ(map.RankAt(map.Coordinates(rank)), rank) << RankOrderText(order);
      for (int a = 0; a < kAxisCount; ++a) {
        const Axis axis = static_cast<Axis>(a);
        EXPECT_EQ(map.Group(rank, axis), Renumbered(map, plain, rank, axis))
            << RankOrderText(order) << AxisName(axis);
      }
    }
  }
}

TEST(RankOrder, HasTwentyFourTextsThatInvert) {
  for (int order = 0; order < kRankOrderCount; ++order) {
    EXPECT_EQ(ParseRankOrder(RankOrderText(order)), order);
  }
  EXPECT_EQ(ParseRankOrder("tp-cp-dp"), std::nullopt);
  EXPECT_EQ(ParseRankOrder("tp-tp-dp-pp"), std::nullopt);
}

}  // namespace
}  // namespace tessera
