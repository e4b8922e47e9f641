// Communication on streams of its own: what computation hides, and who waits for whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/nodes/rank_programs.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ChipStreams, AsynchronousCollectivesHideBehindComputation) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 60, 7),
                                            Compute(nanoseconds(100)), Wait(7)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(100));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(0));
}

TEST(ChipStreams, WhatComputationDoesNotHideIsExposed) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 150, 7),
                                            Compute(nanoseconds(100)), Wait(7)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(150));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(50));
}

TEST(ChipStreams, NothingOverlapsUnlessTheProgramSaysSo) {
  const std::vector<Instruction> program = {AllReduce(Axis::kTensor, 150),
                                            Compute(nanoseconds(100))};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(250));
}

TEST(ChipStreams, StreamsOfDifferentAxesDoNotWaitForOneAnother) {
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

TEST(ChipStreams, AWaitForSeveralAxesEndsWithTheLast) {
  for (const int64_t data_bytes : {20, 60}) {
    const std::vector<Instruction> program = {AllReduceAsync(Axis::kData, data_bytes, 1),
                                              AllReduceAsync(Axis::kTensor, 40, 1), Wait(1)};
    const auto record =
        RunRanks({program, program, program, program}, {.plan = {.tensor = 2, .data = 2}});
    EXPECT_EQ(record.makespan, nanoseconds(std::max<int64_t>(data_bytes, 40)));
    EXPECT_EQ(SumOf(record.ranks[0]), record.makespan);
  }
}

TEST(ChipStreams, ACommunicationStreamKeepsTheOrderOfIssue) {
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

TEST(ChipStreams, ASlotIsFreeWhenTheLastCollectiveIssuedUnderItIsDone) {
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

TEST(ChipStreams, AWaitBehindALateMemberIsIdleUntilItComes) {
  const std::vector<Instruction> early = {AllReduceAsync(Axis::kTensor, 20, 1), Wait(1)};
  const std::vector<Instruction> late = {Compute(nanoseconds(30)),
                                         AllReduceAsync(Axis::kTensor, 20, 1), Wait(1)};
  const auto record = RunRanks({early, late}, TensorRanks(2));
  EXPECT_EQ(record.ranks[0].waiting[kTensor], nanoseconds(30));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(20));
}

TEST(ChipStreams, AProgramEndsWithItsCommunicationStreams) {
  const std::vector<Instruction> program = {AllReduceAsync(Axis::kTensor, 20, 1)};
  const auto record = RunRanks({program, program}, TensorRanks(2));
  EXPECT_EQ(record.makespan, nanoseconds(20));
  EXPECT_EQ(record.ranks[0].exposed[kTensor], nanoseconds(20));
}

}  // namespace
}  // namespace tessera
