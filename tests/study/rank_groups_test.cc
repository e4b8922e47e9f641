#include "study/rank_groups.h"

#include <gmock/gmock.h>

#include "configs/catalog.h"
#include "study/collective_sweep.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::ElementsAre;

std::vector<std::vector<int>> Groups(const char* text, int ranks) {
  const auto split = ParseRankSplit(text);
  EXPECT_THAT(split, IsOk());
  auto groups = GroupsOf(*split, ranks);
  EXPECT_THAT(groups, IsOk());
  return *std::move(groups);
}

TEST(RankGroupsTest, ColoursAreThoseOfNcclTests) {
  EXPECT_THAT(Groups("DIV 4", 8), ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(4, 5, 6, 7)));
  EXPECT_THAT(Groups("mod 4", 8), ElementsAre(ElementsAre(0, 4), ElementsAre(1, 5),
                                              ElementsAre(2, 6), ElementsAre(3, 7)));
  EXPECT_THAT(Groups("AND 0x1", 4), ElementsAre(ElementsAre(0, 2), ElementsAre(1, 3)));
  EXPECT_THAT(Groups("|1", 4), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3)));
}

TEST(RankGroupsTest, BadSplitsAreExplained) {
  for (const char* text : {"DIV 0", "MOD -1", "4", "DIV", "XOR 2", "AND 0xg"}) {
    EXPECT_THAT(ParseRankSplit(text).status(),
                FailsWith(absl::StrCat("split \"", text,
                                       "\"; accepted: \"DIV 8\", \"MOD 8\", \"AND 0x7\", \"OR "
                                       "0x7\"")));
  }
  EXPECT_THAT(
      GroupsOf({.rule = GroupRule::kDivide, .number = 3}, 8).status(),
      FailsWith("the split makes groups of 3 and of 2 of 8 ranks; give one that makes equal "
                "groups"));
}

Duration TimeOf(const char* split, int nodes) {
  CollectiveSweep sweep;
  auto loaded = Catalog("configs").LoadSystem("dgx_h100");
  EXPECT_THAT(loaded, IsOk());
  sweep.system = *std::move(loaded);
  sweep.nodes = nodes;
  sweep.request.op = CollectiveOp::kAllReduce;
  sweep.request.algorithm = "ring";
  sweep.first = sweep.last = Bytes::MiB(256);
  sweep.split = *ParseRankSplit(split);
  const auto table = RunCollectiveSweep(sweep);
  EXPECT_THAT(table, IsOk());
  EXPECT_EQ(table->groups * table->ranks, nodes * 8);
  return table->rows[0].time;
}

// Nodes do not feel each other; a rail a group neither, each with its own NIC. Two groups of the
// same node and two nodes share the NICs of the node only where both cross.
TEST(RankGroupsTest, GroupsShareWhatTheyCrossOnly) {
  EXPECT_EQ(TimeOf("DIV 8", 2), TimeOf("DIV 8", 1));
  EXPECT_GE(TimeOf("MOD 8", 2), TimeOf("DIV 2", 1));
  EXPECT_GT(TimeOf("MOD 2", 4), TimeOf("DIV 8", 1));
}

}  // namespace
}  // namespace tessera
