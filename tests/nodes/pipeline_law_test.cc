// Pipelines of stages written out by hand take their closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/nodes/rank_programs.h"

namespace tessera {
namespace {

using std::chrono::nanoseconds;

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

TEST(PipelineSpans, SpansOfOneStreamDoNotOverlapAndFillTheTime) {
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

}  // namespace
}  // namespace tessera
