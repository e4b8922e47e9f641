#include "nodes/chip_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/nodes/machine.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::Pair;

constexpr auto kTensor = static_cast<size_t>(Axis::kTensor);
constexpr auto kPipeline = static_cast<size_t>(Axis::kPipeline);

MachineOptions TensorRanks(int ranks) { return {.plan = {.tensor = ranks, .data = 1}}; }
MachineOptions Stages(int stages) { return {.plan = {.pipeline = stages, .data = 1}}; }

ExecutionRecord RunRanks(std::vector<std::vector<Instruction>> programs,
                         const MachineOptions& options) {
  const ProgramSet set = ProgramOfEachRank(std::move(programs));
  auto record = RunOnTestMachine(set, options);
  EXPECT_THAT(record, IsOk());
  return record.ok() ? *std::move(record) : ExecutionRecord{};
}

Duration SumOf(const RankTime& rank) {
  Duration sum = rank.compute.total;
  for (const Duration d : rank.exposed) sum += d;
  for (const Duration d : rank.waiting) sum += d;
  return sum;
}

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

TEST(ChipProcess, AsynchronousCollectivesHideBehindComputation) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 60, 7),
                                            Compute(nanoseconds(100)), Wait(7)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(100));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(0));
}

TEST(ChipProcess, WhatComputationDoesNotHideIsExposed) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 150, 7),
                                            Compute(nanoseconds(100)), Wait(7)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(150));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(50));
}

TEST(ChipProcess, NothingOverlapsUnlessTheProgramSaysSo) {
  const std::vector<Instruction> program = {AllReduce(Axis::kTensor, 150),
                                            Compute(nanoseconds(100))};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(250));
}

TEST(ChipProcess, StreamsOfDifferentAxesDoNotWaitForOneAnother) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kData, 100, 1),
                                            AllReduceAsync(Axis::kTensor, 30, 2),
                                            Wait(2),
                                            Mark(0),
                                            Wait(1),
                                            Mark(1)};
  const auto record =
      RunRanks({program, program, program, program}, {.plan = {.tensor = 2, .data = 2}});
  EXPECT_THAT(record.marks,
              ElementsAre(Pair(0, Time(nanoseconds(30))), Pair(1, Time(nanoseconds(100)))));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(30));
  EXPECT_EQ(record.ranks[0].exposed[static_cast<size_t>(Axis::kData)], nanoseconds(70));
}

TEST(ChipProcess, AWaitForSeveralAxesEndsWithTheLast) {
  for (const int64_t data_bytes : {20, 60}) {
    const std::vector<Instruction> program = {AllReduceAsync(Axis::kData, data_bytes, 1),
                                              AllReduceAsync(Axis::kTensor, 40, 1), Wait(1)};
    const auto record =
        RunRanks({program, program, program, program}, {.plan = {.tensor = 2, .data = 2}});
    EXPECT_EQ(record.makespan, nanoseconds(std::max<int64_t>(data_bytes, 40)));
    EXPECT_EQ(SumOf(record.ranks[0]), record.makespan);
  }
}

TEST(ChipProcess, ACommunicationStreamKeepsTheOrderOfIssue) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 60, 1),
                                            AllReduceAsync(Axis::kTensor, 30, 2),
                                            Wait(1),
                                            Mark(0),
                                            Wait(2),
                                            Mark(1)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_THAT(record.marks,
              ElementsAre(Pair(0, Time(nanoseconds(60))), Pair(1, Time(nanoseconds(90)))));
}

TEST(ChipProcess, ASlotIsFreeWhenTheLastCollectiveIssuedUnderItIsDone) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 60, 1),
                                            AllReduceAsync(Axis::kTensor, 30, 1),
                                            Wait(1),
                                            Mark(0),
                                            Wait(1),
                                            Mark(1)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_THAT(record.marks,
              ElementsAre(Pair(0, Time(nanoseconds(90))), Pair(1, Time(nanoseconds(90)))));
}

TEST(ChipProcess, AWaitBehindALateMemberIsIdleUntilItComes) {
  const std::vector<Instruction> early = {AllReduceAsync(Axis::kTensor, 20, 1), Wait(1)};
  const std::vector<Instruction> late = {Compute(nanoseconds(30)),
                                         AllReduceAsync(Axis::kTensor, 20, 1), Wait(1)};
  const auto record = RunRanks({early, late}, TensorRanks(2));
  EXPECT_EQ(record.ranks[0].waiting[kTensor], nanoseconds(30));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(20));
}

TEST(ChipProcess, AProgramEndsWithItsCommunicationStreams) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 20, 1)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(20));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(20));
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

// Stages of equal forward and backward times, one-forward-one-backward order.
std::vector<Instruction> OneForwardOneBackward(int stage, int stages, int microbatches) {
  const Instruction forward = Compute(nanoseconds(20));
  const Instruction backward = Compute(nanoseconds(50));
  std::vector<Instruction> program;
  const auto run = [&](bool is_forward) {
    const int from = is_forward ? stage - 1 : stage + 1;
    const int to = is_forward ? stage + 1 : stage - 1;
    if (from >= 0 && from < stages) program.push_back(Receive(from, 0, is_forward ? 0 : 1));
    program.push_back(is_forward ? forward : backward);
    if (to >= 0 && to < stages) program.push_back(Send(to, 0, is_forward ? 0 : 1));
  };
  const int warm_up = std::min(stages - 1 - stage, microbatches);
  for (int i = 0; i < warm_up; ++i) run(true);
  for (int i = warm_up; i < microbatches; ++i) {
    run(true);
    run(false);
  }
  for (int i = 0; i < warm_up; ++i) run(false);
  return program;
}

class PipelineTest : public testing::TestWithParam<std::pair<int, int>> {};

TEST_P(PipelineTest, TakesMicrobatchesAndStagesLessOneSlots) {
  const auto [stages, microbatches] = GetParam();
  std::vector<std::vector<Instruction>> programs;
  for (int s = 0; s < stages; ++s) {
    programs.push_back(OneForwardOneBackward(s, stages, microbatches));
  }
  const auto record = RunRanks(std::move(programs), Stages(stages));
  EXPECT_EQ(record.makespan, (microbatches + stages - 1) * nanoseconds(20 + 50));
  for (const RankTime& rank : record.ranks) EXPECT_EQ(SumOf(rank), rank.end.time_since_epoch());
}

INSTANTIATE_TEST_SUITE_P(Shapes, PipelineTest,
                         testing::Values(std::pair(1, 1), std::pair(2, 2), std::pair(4, 4),
                                         std::pair(4, 9), std::pair(8, 32), std::pair(3, 2)));

TEST(ChipProcess, SpansOfOneStreamDoNotOverlapAndFillTheTime) {
  std::vector<std::vector<Instruction>> programs;
  for (int s = 0; s < 4; ++s) {
    programs.push_back(OneForwardOneBackward(s, 4, 6));
    programs.back().push_back(AllReduceAsync(Axis::kWorld, 100, 1));
    programs.back().push_back(Compute(nanoseconds(10 * s)));
    programs.back().push_back(Wait(1));
  }
  const auto record = RunRanks(std::move(programs), Stages(4));
  std::vector<Duration> covered(4);
  for (size_t i = 0; i < record.spans.size(); ++i) {
    const Span& span = record.spans[i];
    EXPECT_LT(span.begin, span.end);
    if (span.stream < 2) covered[static_cast<size_t>(span.rank)] += span.end - span.begin;
    if (i == 0) continue;
    const Span& before = record.spans[i - 1];
    if (before.rank == span.rank && before.stream == span.stream) {
      EXPECT_LE(before.end, span.begin);
    }
  }
  for (size_t r = 0; r < 4; ++r) EXPECT_EQ(Time(covered[r]), record.ranks[r].end);
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
