#include "nodes/deadlock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/machine.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;

TEST(Deadlock, NamesWhoWaitsForWhatAndTheCycle) {
  const ProgramSet set = ProgramOfEachRank(
      {{Receive(1, 8, 3), Send(1, 8)}, {Compute(nanoseconds(4)), Receive(0, 8), Send(0, 8, 3)}});
  EXPECT_THAT(RunOnTestMachine(set, {.plan = {.pipeline = 2, .data = 1}}),
              FailsWith("deadlock at 4000 ps: 2 of 2 ranks wait for ever\n"
                        "  rank 0 waits for a message from rank 1 (tag 3)\n"
                        "  rank 1 waits for a message from rank 0 (tag 0)\n"
                        "  cycle: rank 0 -> rank 1 -> rank 0"));
}

TEST(Deadlock, NamesMembersThatMissACollective) {
  const std::vector<Instruction> member = {AllReduce(Axis::kTensor, 8)};
  const ProgramSet set = ProgramOfEachRank({member, {}, member, {}});
  EXPECT_THAT(RunOnTestMachine(set, {.plan = {.tensor = 4, .data = 1}}),
              FailsWith("deadlock at 0 ps: 2 of 4 ranks wait for ever\n"
                        "  rank 0 waits for all_reduce of 8 bytes along tensor (call 1), which "
                        "lacks rank 1, 3\n"
                        "  rank 2 waits for all_reduce of 8 bytes along tensor (call 1), which "
                        "lacks rank 1, 3\n"
                        "  rank 1 has ended its program without it"));
}

TEST(Deadlock, SeesCollectivesInOppositeOrder) {
  // Rank 0 and 1 share a tensor group, rank 0 and 2 a data group, and so on.
  const std::vector<Instruction> tensor_first = {AllReduce(Axis::kTensor, 1),
                                                 AllReduce(Axis::kData, 1)};
  const std::vector<Instruction> data_first = {AllReduce(Axis::kData, 1),
                                               AllReduce(Axis::kTensor, 1)};
  const ProgramSet set = ProgramOfEachRank({tensor_first, data_first, data_first, tensor_first});
  EXPECT_THAT(RunOnTestMachine(set, {.plan = {.tensor = 2, .data = 2}}),
              FailsContaining("cycle: rank 0 -> rank 1 -> rank 3 -> rank 2 -> rank 0"));
}

TEST(Deadlock, ShowsTheFirstEightRanks) {
  std::vector<RankWait> waits;
  for (int r = 0; r < 100; ++r) waits.push_back({.rank = r, .what = "x", .waits_for = {100}});
  const std::string text = DescribeDeadlock(waits, 200, Time{});
  EXPECT_THAT(text, testing::HasSubstr("\n  rank 7 waits for x\n  and 92 more\n"));
}

}  // namespace
}  // namespace tessera
