#include "collectives/checker.h"

#include "collectives/schedule_builder.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

ScheduleBuilder Builder(int ranks, int chunks, int switches = 0) {
  return ScheduleBuilder("test", ranks, EvenChunks(Bytes(chunks), chunks, 1), switches);
}

TEST(CheckerTest, NamesWhoLacksWhat) {
  ScheduleBuilder builder = Builder(3, 1);
  builder.AddAfter({.source = 0, .target = 1}, {});
  EXPECT_THAT(CheckSchedule(std::move(builder).Build(), CollectiveOp::kBroadcast),
              FailsWith("rank 2 lacks in chunk 0 the contribution of 0"));
}

TEST(CheckerTest, NamesADoubleCount) {
  ScheduleBuilder builder = Builder(2, 1);
  const int first = builder.AddAfter({.source = 1, .target = 0, .reduce = true}, {});
  builder.AddAfter({.source = 1, .target = 0, .reduce = true}, {first});
  EXPECT_THAT(CheckSchedule(std::move(builder).Build(), CollectiveOp::kReduce),
              FailsWith("transfer 1 (1 to 0) adds to chunk 0 of 0 a second time the contribution "
                        "of 1"));
}

TEST(CheckerTest, AMissingDependencyIsMissingData) {
  ScheduleBuilder builder = Builder(3, 1);
  builder.AddAfter({.source = 2, .target = 1, .reduce = true}, {});
  builder.AddAfter({.source = 1, .target = 0, .reduce = true}, {});
  EXPECT_THAT(CheckSchedule(std::move(builder).Build(), CollectiveOp::kReduce),
              FailsWith("rank 0 lacks in chunk 0 the contribution of 2"));
}

TEST(CheckerTest, SendingWhatHasNotArrivedIsAFault) {
  ScheduleBuilder builder = Builder(3, 1);
  builder.AddAfter({.source = 0, .target = 1}, {});
  builder.AddAfter({.source = 1, .target = 2}, {});
  EXPECT_THAT(CheckSchedule(std::move(builder).Build(), CollectiveOp::kBroadcast),
              FailsWith("transfer 1 (1 to 2) sends chunk 0, of which 1 holds nothing yet"));
}

TEST(CheckerTest, UnorderedReplacementIsARace) {
  ScheduleBuilder builder = Builder(3, 1);
  builder.AddAfter({.source = 0, .target = 2, .reduce = true}, {});
  builder.AddAfter({.source = 1, .target = 2}, {});
  EXPECT_THAT(CheckSchedule(std::move(builder).Build(), CollectiveOp::kAllReduce),
              FailsWith("transfer 1 (1 to 2) and transfer 0 (0 to 2) both write chunk 0 of 2 in "
                        "no order"));
}

TEST(CheckerTest, EmptyPairsOfAMatrixNeedNoTransfer) {
  const std::vector<Bytes> matrix = {Bytes(1), Bytes(0), Bytes(2), Bytes(0)};
  ScheduleBuilder builder("test", 2, matrix);
  builder.AddAfter({.source = 1, .target = 0, .chunk = 2}, {});
  const Schedule schedule = std::move(builder).Build();
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllToAllV, matrix), IsOk());
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllToAllV),
              FailsWith("rank 1 lacks in chunk 1 the contribution of 0"));
}

TEST(CheckerTest, MalformedSchedulesAreRefused) {
  Schedule schedule;
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kReduce),
              FailsWith("a schedule needs at least one rank and one chunk"));
  schedule.ranks = 2;
  schedule.chunks = 3;
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllGather),
              FailsWith("3 chunks are not a multiple of the 2 ranks that own them"));
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllToAll),
              FailsWith("3 chunks; an exchange of 2 ranks has 4"));
  schedule.transfers.push_back({.source = 0, .target = 2, .bytes = Bytes(1)});
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllReduce),
              FailsWith("transfer 0 (0 to 2): endpoints must be two different ones of 0 to 1"));
  schedule.transfers[0] = {.source = 0, .target = 1, .chunk = 3, .bytes = Bytes(1)};
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllReduce),
              FailsWith("transfer 0 (0 to 1): chunks 3 + 1 are not among the 3"));
  schedule.transfers[0] = {.source = 0, .target = 1, .bytes = Bytes(1), .predecessor_count = 1};
  schedule.predecessors = {0};
  EXPECT_THAT(CheckSchedule(schedule, CollectiveOp::kAllReduce),
              FailsWith("transfer 0 (0 to 1) waits for 0, which is not before it"));
}

}  // namespace
}  // namespace tessera
