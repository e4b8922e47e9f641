// Executes every pipeline schedule and compares with its published bubble and activation peak.
#include "partition/pipeline/pipeline_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

#include "partition/pipeline/execution.h"

namespace tessera {
namespace {

constexpr Duration kUnit{1000};

struct ScheduleRun {
  PipelineExecution execution;
  Duration ideal;  // Work of one stage.
  Duration bubble() const { return execution.makespan - ideal; }
  Duration worst_span_idle() const {
    Duration worst{};
    for (const StageExecution& stage : execution.stages) {
      worst = std::max(worst, stage.span_idle());
    }
    return worst;
  }
  std::vector<int> peaks() const {
    std::vector<int> peaks;
    for (const StageExecution& stage : execution.stages) peaks.push_back(stage.peak_activations);
    return peaks;
  }
};

// Times are of a whole stage in units; chunks share them evenly.
ScheduleRun RunSchedule(PipelineSchedule schedule, PipelineParams params, PassTimes stage) {
  ExecutionParams execution{.schedule = schedule, .pipeline = params, .chunks = {}, .hop = {}};
  const int chunks = ChunkCount(schedule, params);
  const int per_stage = chunks / params.stages;
  execution.chunks.assign(static_cast<size_t>(chunks),
                          {.forward = stage.forward / per_stage,
                           .backward = stage.backward / per_stage,
                           .weight_gradient = stage.weight_gradient / per_stage});
  const PipelineOrder order = MakePipelineOrder(schedule, params);
  Duration ideal = (stage.forward + stage.backward) * params.microbatches;
  if (SplitsBackward(schedule)) ideal += stage.weight_gradient * params.microbatches;
  return {ExecutePipeline(execution, order), ideal};
}

const PassTimes kWholeBackward = {.forward = kUnit, .backward = 2 * kUnit, .weight_gradient = {}};
const PassTimes kEqualThirds = {.forward = kUnit, .backward = kUnit, .weight_gradient = kUnit};

class PipelineGridTest : public testing::TestWithParam<std::tuple<int, int>> {
 protected:
  int p() const { return std::get<0>(GetParam()); }
  int m() const { return std::get<1>(GetParam()); }
};

// The points (p, m) of the grid at which a schedule, or its formula, is defined.
std::vector<std::tuple<int, int>> GridWhere(bool (*defined)(int p, int m)) {
  std::vector<std::tuple<int, int>> points;
  for (const int p : {2, 3, 4, 6, 8, 16}) {
    for (const int m : {1, 2, 7, 12, 24, 48, 64}) {
      if (defined(p, m)) points.emplace_back(p, m);
    }
  }
  return points;
}
bool Everywhere(int, int) { return true; }
bool InWholeRounds(int p, int m) { return m % p == 0; }
bool InSteadyState(int p, int m) { return m >= 2 * p; }
bool InPairs(int p, int m) { return p % 2 == 0 && m % 2 == 0 && InSteadyState(p, m); }

class InterleavedGridTest : public PipelineGridTest {};
class ZeroBubbleGridTest : public PipelineGridTest {};
class DualPipeGridTest : public PipelineGridTest {};

using testing::ValuesIn;
INSTANTIATE_TEST_SUITE_P(Grid, PipelineGridTest, ValuesIn(GridWhere(Everywhere)));
INSTANTIATE_TEST_SUITE_P(Grid, InterleavedGridTest, ValuesIn(GridWhere(InWholeRounds)));
INSTANTIATE_TEST_SUITE_P(Grid, ZeroBubbleGridTest, ValuesIn(GridWhere(InSteadyState)));
INSTANTIATE_TEST_SUITE_P(Grid, DualPipeGridTest, ValuesIn(GridWhere(InPairs)));

TEST_P(PipelineGridTest, GpipeBubbleIsOnePassPairPerFurtherStage) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kGpipe, {p(), m()}, kWholeBackward);
  EXPECT_EQ(run.bubble(), (p() - 1) * 3 * kUnit);
  EXPECT_EQ(run.peaks(), std::vector<int>(static_cast<size_t>(p()), m()));
}

TEST_P(PipelineGridTest, OneForwardOneBackwardHasGpipesBubbleAndHoldsAtMostTheStagesBehind) {
  const ScheduleRun run =
      RunSchedule(PipelineSchedule::kOneForwardOneBackward, {p(), m()}, kWholeBackward);
  EXPECT_EQ(run.bubble(), (p() - 1) * 3 * kUnit);
  for (int stage = 0; stage < p(); ++stage) {
    EXPECT_EQ(run.peaks()[static_cast<size_t>(stage)], std::min(m(), p() - stage));
  }
}

TEST_P(InterleavedGridTest, InterleavingDividesTheBubbleByTheChunks) {
  for (const int v : {2, 3, 4, 6}) {
    const PassTimes stage = {.forward = 12 * kUnit, .backward = 24 * kUnit, .weight_gradient = {}};
    const ScheduleRun run = RunSchedule(PipelineSchedule::kInterleaved, {p(), m(), v}, stage);
    EXPECT_EQ(run.bubble(), (p() - 1) * 36 * kUnit / v) << "v=" << v;
    EXPECT_EQ(run.peaks()[0], std::min(m() * v, p() * v + p() - 1));
  }
}

TEST_P(ZeroBubbleGridTest, ZeroBubbleH1FillsWithWeightGradients) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kZbH1, {p(), m()}, kEqualThirds);
  EXPECT_EQ(run.bubble(), (p() - 1) * kUnit);
  EXPECT_EQ(run.peaks()[0], p());
}

TEST_P(ZeroBubbleGridTest, ZeroBubbleH2LeavesNoIdleTimeInsideASpan) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kZbH2, {p(), m()}, kEqualThirds);
  EXPECT_EQ(run.worst_span_idle(), Duration{});
  EXPECT_EQ(run.bubble(), (p() - 1) * kUnit);  // The start-up skew of one isolated step.
  EXPECT_EQ(run.peaks()[0], 2 * p() - 1);
}

TEST_P(ZeroBubbleGridTest, ZeroBubbleVLeavesNoIdleTimeInsideASpanWithOneForwardsMemory) {
  const PassTimes stage = {2 * kUnit, 2 * kUnit, 2 * kUnit};
  const ScheduleRun run = RunSchedule(PipelineSchedule::kZbV, {p(), m()}, stage);
  EXPECT_EQ(run.worst_span_idle(), Duration{});
  EXPECT_EQ(run.bubble(), (p() - 1) * kUnit);
  EXPECT_EQ(run.peaks()[0], 2 * p());
}

TEST_P(DualPipeGridTest, DualPipeMeetsItsFormula) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kDualPipe, {p(), m()}, kEqualThirds);
  // F&B = 3, B = 2, W = 1 units.
  EXPECT_EQ(run.bubble(), (p() / 2 - 1) * (3 + 2 - 3) * kUnit);
  for (const int peak : run.peaks()) EXPECT_LE(peak, p() + 1);
}

// Every schedule runs each pass of every chunk exactly once.
TEST_P(PipelineGridTest, EveryPassRunsExactlyOnceAtItsStage) {
  using enum PipelineSchedule;
  for (const PipelineSchedule schedule :
       {kGpipe, kOneForwardOneBackward, kInterleaved, kZbH1, kZbH2, kZbV, kDualPipe}) {
    PipelineParams params{p(), m(), schedule == kInterleaved ? 2 : 1};
    if (schedule == kInterleaved && !InWholeRounds(p(), m())) continue;
    if (schedule == kDualPipe && !InPairs(p(), m())) continue;
    std::set<std::tuple<int, int, int>> seen;
    size_t work = 0;
    const PipelineOrder order = MakePipelineOrder(schedule, params);
    for (int stage = 0; stage < p(); ++stage) {
      for (const Pass& pass : order[static_cast<size_t>(stage)]) {
        EXPECT_EQ(StageOfChunk(schedule, params, pass), stage);
        work += pass.whole ? 2 : 1;
        EXPECT_TRUE(seen.insert({static_cast<int>(pass.kind), pass.microbatch, pass.chunk}).second);
      }
    }
    const size_t kinds = SplitsBackward(schedule) ? 3 : 2;
    EXPECT_EQ(work, kinds * static_cast<size_t>(m() * ChunkCount(schedule, params)));
  }
}

TEST(PipelineKnownAnswers, Pp1f1b) {
  const ScheduleRun run =
      RunSchedule(PipelineSchedule::kOneForwardOneBackward, {4, 8}, kWholeBackward);
  EXPECT_EQ(run.execution.makespan, 33 * kUnit);
  EXPECT_DOUBLE_EQ(ToSeconds(run.bubble()) / ToSeconds(run.execution.makespan), 9.0 / 33.0);
  EXPECT_DOUBLE_EQ(ToSeconds(run.bubble()) / ToSeconds(run.ideal), 0.375);
  EXPECT_THAT(run.peaks(), testing::ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(RunSchedule(PipelineSchedule::kGpipe, {4, 8}, kWholeBackward).peaks(),
              testing::ElementsAre(8, 8, 8, 8));
}

TEST(PipelineKnownAnswers, PpInterleaved) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kInterleaved, {4, 8, 2}, kWholeBackward);
  EXPECT_EQ(run.execution.makespan, 28 * kUnit + kUnit / 2);
  EXPECT_DOUBLE_EQ(ToSeconds(run.bubble()) / ToSeconds(run.ideal), 0.1875);
}

TEST(PipelineKnownAnswers, PpZeroBubble) {
  const PassTimes whole = {kUnit, 2 * kUnit, {}};
  EXPECT_EQ(RunSchedule(PipelineSchedule::kOneForwardOneBackward, {8, 32}, whole).bubble(),
            21 * kUnit);
  const ScheduleRun h1 = RunSchedule(PipelineSchedule::kZbH1, {8, 32}, kEqualThirds);
  EXPECT_EQ(h1.bubble(), 7 * kUnit);
  EXPECT_EQ(h1.peaks()[0], 8);
  const ScheduleRun h2 = RunSchedule(PipelineSchedule::kZbH2, {8, 32}, kEqualThirds);
  EXPECT_EQ(h2.worst_span_idle(), Duration{});
  EXPECT_EQ(h2.peaks()[0], 15);
}

TEST(PipelineKnownAnswers, PpDualpipe) {
  const ScheduleRun run = RunSchedule(PipelineSchedule::kDualPipe, {8, 20}, kEqualThirds);
  EXPECT_EQ(run.bubble(), 6 * kUnit);
  const std::vector<int> peaks = run.peaks();
  EXPECT_EQ(*std::max_element(peaks.begin(), peaks.end()), 9);
}

TEST(PipelineExecution, AHopDelaysEveryStageOnce) {
  ExecutionParams params{.schedule = PipelineSchedule::kOneForwardOneBackward,
                         .pipeline = {3, 1},
                         .chunks = std::vector<PassTimes>(3, kWholeBackward),
                         .hop = Duration(10)};
  const PipelineOrder order = MakePipelineOrder(params.schedule, params.pipeline);
  EXPECT_EQ(ExecutePipeline(params, order).makespan, 9 * kUnit + 4 * Duration(10));
}

TEST(PipelineExecution, UnevenStagesFollowTheSlowest) {
  ExecutionParams params{.schedule = PipelineSchedule::kOneForwardOneBackward,
                         .pipeline = {4, 16},
                         .chunks = std::vector<PassTimes>(4, kWholeBackward),
                         .hop = {}};
  params.chunks[1] = {2 * kUnit, 4 * kUnit, {}};
  const PipelineOrder order = MakePipelineOrder(params.schedule, params.pipeline);
  // The slow stage works without a break but for 2 units between its 3 first forwards and the first
  // gradient; stage 0 works 1 unit before and 2 units after it.
  EXPECT_EQ(ExecutePipeline(params, order).makespan, (16 * 6 + 2 + 1 + 2) * kUnit);
}

}  // namespace
}  // namespace tessera
