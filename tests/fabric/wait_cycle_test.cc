#include "fabric/wait_cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera {
namespace {

std::vector<int32_t> CycleIn(const std::vector<std::vector<int32_t>>& graph) {
  return FindWaitCycle(static_cast<int32_t>(graph.size()),
                       [&](int32_t member) { return graph[static_cast<size_t>(member)]; });
}

TEST(FindWaitCycleTest, ThereIsNoneWhereEverybodyWaitsForSomebodyWhoDoesNot) {
  EXPECT_THAT(CycleIn({}), testing::IsEmpty());
  EXPECT_THAT(CycleIn({{1, 2}, {3}, {3}, {}}), testing::IsEmpty());
}

TEST(FindWaitCycleTest, MembersThatOnlyLeadToACycleAreNotInIt) {
  EXPECT_THAT(CycleIn({{1}, {2, 3}, {}, {4}, {1}, {0}}), testing::ElementsAre(1, 3, 4));
  EXPECT_THAT(CycleIn({{0}}), testing::ElementsAre(0));
}

TEST(FindWaitCycleTest, LongChainsNeedNoDeepStack) {
  constexpr int32_t kLong = 100'000;
  const auto next = [](int32_t member) { return std::vector<int32_t>{(member + 1) % kLong}; };
  EXPECT_EQ(FindWaitCycle(kLong, next).size(), static_cast<size_t>(kLong));
}

}  // namespace
}  // namespace tessera
