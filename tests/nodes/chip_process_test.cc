#include "nodes/chip_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nodes/rank_programs.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ChipProcess, ComputationsRunOneAfterTheOther) {
  const auto record = RunRanks(
      {{Compute(nanoseconds(10)), Compute(nanoseconds(5), OperatorClass::kNorm)}}, TensorRanks(1));
  EXPECT_EQ(record.makespan, nanoseconds(15));
  const RankTime& rank = record.ranks[0];
  EXPECT_EQ(rank.compute.by_class[static_cast<size_t>(OperatorClass::kMlp)], nanoseconds(10));
  EXPECT_EQ(rank.compute.by_class[static_cast<size_t>(OperatorClass::kNorm)], nanoseconds(5));
  EXPECT_TRUE(rank.finished);
}

TEST(ChipProcess, NeighbouringComputationsAreOneEvent) {
  const std::vector<Instruction> program(1000, Compute(nanoseconds(1)));
  const auto record = RunRanks({program}, TensorRanks(1));
  EXPECT_EQ(record.events, 2);  // Begin and end.
  EXPECT_EQ(record.spans.size(), 1000);
}

TEST(ChipProcess, ACollectiveBeginsWhenItsLastMemberArrives) {
  const auto record = RunRanks({{Compute(nanoseconds(10)), AllReduce(Axis::kTensor, 5)},
                                {Compute(nanoseconds(30)), AllReduce(Axis::kTensor, 5)}},
                               TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(35));
  EXPECT_EQ(record.ranks[0].waiting[kTensor], nanoseconds(20));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(5));
  EXPECT_EQ(record.ranks[1].waiting[kTensor], nanoseconds(0));
  EXPECT_EQ(record.ranks[1].exposed[kTensor], nanoseconds(5));
}

TEST(ChipProcess, EachMemberGoesOnWhenItsOwnPartIsOver) {
  MachineOptions options = TensorRanks(2);
  options.stagger = nanoseconds(3);
  const auto record =
      RunRanks({{AllReduce(Axis::kTensor, 5)}, {AllReduce(Axis::kTensor, 5)}}, options);
  EXPECT_EQ(record.ranks[0].end, Time(nanoseconds(5)));
  EXPECT_EQ(record.ranks[1].end, Time(nanoseconds(8)));
}

TEST(ChipProcess, ACollectiveOfOneRankTakesNoTime) {
  const auto record = RunRanks({{AllReduce(Axis::kTensor, 5)}, {AllReduce(Axis::kTensor, 5)}},
                               {.plan = {.data = 2}});
  EXPECT_EQ(record.makespan, nanoseconds(0));
}

TEST(ChipProcess, RepeatedCollectivesTakeAsLongAsOneByOne) {
  MachineOptions options = TensorRanks(3);
  options.stagger = nanoseconds(2);
  const std::vector<Instruction> once(7, AllReduce(Axis::kTensor, 10));
  const auto one_by_one = RunRanks({once, once, once}, options);
  const std::vector<Instruction> folded = {AllReduce(Axis::kTensor, 10, 7)};
  const auto repeated = RunRanks({folded, folded, folded}, options);
  ASSERT_EQ(repeated.ranks.size(), 3);
  for (size_t r = 0; r < 3; ++r) EXPECT_EQ(repeated.ranks[r].end, one_by_one.ranks[r].end);
  EXPECT_EQ(repeated.traffic.Table()[0].calls, 7);
  EXPECT_EQ(repeated.traffic.Table()[0].total, nanoseconds(7 * 14));
}

TEST(ChipProcess, PingPongTakesTheSumOfItsMessages) {
  constexpr int kRounds = 5;
  std::vector<Instruction> ping, pong;
  for (int i = 0; i < kRounds; ++i) {
    ping.push_back(Send(1, 40));
    ping.push_back(Receive(1, 60));
    pong.push_back(Receive(0, 40));
    pong.push_back(Send(0, 60));
  }
  const auto record = RunRanks({ping, pong}, Stages(2));
  EXPECT_EQ(record.makespan, nanoseconds(kRounds * 100));
  // Rank 1 answers at once, but rank 0 must first hear: 40 waiting, 60 under way each round.
  EXPECT_EQ(record.ranks[0].waiting[kPipeline], nanoseconds(kRounds * 40));
  EXPECT_EQ(record.ranks[0].exposed[kPipeline], nanoseconds(kRounds * 60));
}

TEST(ChipProcess, AMessageWaitsForItsReceiverAndCostsItNothing) {
  const auto record =
      RunRanks({{Send(1, 10)}, {Compute(nanoseconds(50)), Receive(0, 10)}}, Stages(2));
  EXPECT_EQ(record.makespan, nanoseconds(50));
  EXPECT_EQ(record.ranks[1].exposed[kPipeline], nanoseconds(0));
}

TEST(ChipProcess, MessagesOfOneTagArriveInTheOrderOfSending) {
  // The second message is shorter and lands first; the first receive still takes the first one.
  const auto record =
      RunRanks({{Send(1, 100), Send(1, 10)}, {Receive(0, 100), Mark(0), Receive(0, 10), Mark(1)}},
               Stages(2));
  EXPECT_EQ(record.ranks[1].end, Time(nanoseconds(100)));
}

TEST(ChipProcess, ABlockingSendEndsWithItsDelivery) {
  Instruction send = Send(1, 10);
  send.blocking = true;
  const auto record = RunRanks(
      {{send, Compute(nanoseconds(5))}, {Compute(nanoseconds(100)), Receive(0, 10)}}, Stages(2));
  EXPECT_EQ(record.ranks[0].end, Time(nanoseconds(15)));
  EXPECT_EQ(record.ranks[0].exposed[kPipeline], nanoseconds(10));
}

TEST(ChipProcess, RepeatedMessagesFollowOneAnother) {
  Instruction send = Send(1, 10);
  Instruction receive = Receive(0, 10);
  send.count = receive.count = 4;
  const auto record = RunRanks({{send}, {receive}}, Stages(2));
  EXPECT_EQ(record.ranks[1].end, Time(nanoseconds(40)));
  EXPECT_EQ(record.traffic.Table()[0].calls, 4);
}

TEST(ChipProcess, AStageCanSendToItself) {
  const auto record = RunRanks({{Send(0, 10), Receive(0, 10)}}, Stages(1));
  EXPECT_EQ(record.makespan, nanoseconds(0));
}

TEST(ChipProcess, MarksKeepTheirTimeInsideARunOfComputations) {
  const auto record = RunRanks(
      {{Compute(nanoseconds(10)), Mark(1), Compute(nanoseconds(5)), Mark(0)}}, TensorRanks(1));
  EXPECT_THAT(record.marks,
              ElementsAre(Pair(1, Time(nanoseconds(10))), Pair(0, Time(nanoseconds(15)))));
}

TEST(ChipProcess, MembersThatAskForDifferentThingsAreToldApart) {
  const ProgramSet set = ProgramOfEachRank(
      {{AllReduce(Axis::kTensor, 8)}, {Compute(nanoseconds(1)), AllReduce(Axis::kTensor, 9)}});
  EXPECT_THAT(RunOnTestMachine(set, TensorRanks(2)),
              FailsWith("call 1 along tensor: rank 1 asks for all_reduce of 9 bytes where rank 0 "
                        "asked for all_reduce of 8 bytes"));
}

TEST(ChipProcess, AStoppedRunKeepsWhatItReached) {
  const std::atomic<bool> stop = true;
  MachineOptions options = TensorRanks(1);
  options.run.stop = &stop;
  const auto record = RunRanks({{Compute(nanoseconds(10))}}, options);
  EXPECT_TRUE(record.interrupted);
  EXPECT_EQ(record.makespan, nanoseconds(0));
}

// Whatever a rank is doing when the run is stopped, its time adds up.
TEST(ChipProcess, AnInterruptedRunAccountsForOpenWork) {
  const Duration us = std::chrono::microseconds(1);
  std::atomic<bool> stop = false;
  MachineOptions options{.plan = {.tensor = 2, .pipeline = 2, .data = 1}};
  options.run.stop = &stop;
  options.on_exchange = [&stop] { stop = true; };
  Instruction blocking = Send(1, 400'000);
  blocking.blocking = true;
  // Rank 0 sends, rank 1 waits for rank 0, rank 2 receives, rank 3 computes.
  const auto record = RunRanks({{Compute(25 * us), blocking, AllReduce(Axis::kTensor, 1)},
                                {Compute(5 * us), AllReduce(Axis::kTensor, 1)},
                                {Compute(2 * us), Receive(0, 400'000)},
                                {Compute(500 * us, OperatorClass::kNorm), Compute(us)}},
                               options);
  EXPECT_TRUE(record.interrupted);
  ASSERT_EQ(record.ranks.size(), 4);
  EXPECT_GE(record.makespan, 25 * us);
  EXPECT_LT(record.makespan, 400 * us);
  for (const RankTime& rank : record.ranks) {
    EXPECT_FALSE(rank.finished);
    EXPECT_EQ(Time(SumOf(rank)), rank.end);
    EXPECT_EQ(rank.end, Time(record.makespan));
  }
  EXPECT_EQ(record.ranks[1].waiting[kTensor], record.makespan - 5 * us);
  EXPECT_EQ(record.ranks[2].waiting[kPipeline], 23 * us);
  for (const Span& span : record.spans) EXPECT_LE(span.end, Time(record.makespan));
}

TEST(ChipProcess, OnlyTheFirstRankOfAProgramIsTraced) {
  ProgramSet set = ProgramOfEachRank({{Compute(nanoseconds(1))}, {Compute(nanoseconds(2))}});
  set.program_of_rank = {0, 0, 1, 0};
  const auto record = RunOnTestMachine(set, {.plan = {.data = 4}});
  ASSERT_THAT(record, IsOk());
  ASSERT_EQ(record->spans.size(), 2);
  EXPECT_EQ(record->spans[0].rank, 0);
  EXPECT_EQ(record->spans[1].rank, 2);
}

}  // namespace
}  // namespace tessera
