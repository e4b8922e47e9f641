#include "nodes/headline.h"

#include <gtest/gtest.h>

#include "tests/set_job.h"

namespace tessera {
namespace {

using std::chrono::milliseconds;

template <typename Job>
ScenarioSpec ScenarioOf(const Job& job) {
  ScenarioSpec scenario;
  SetJob(job, scenario);
  return scenario;
}

SimulationResult FourRanks(Duration makespan) {
  SimulationResult result;
  result.makespan = makespan;
  result.job.programs.program_of_rank.assign(4, 0);
  return result;
}

TEST(Headline, TrainingHasStepTimeThroughputAndMfu) {
  TrainingJob job;
  job.sequence = 100;
  job.global_batch = 8;
  ScenarioSpec scenario = ScenarioOf(job);
  scenario.system.chip.matrix_peak.Set(Precision::kBf16, FlopRate(1e12));
  SimulationResult result = FourRanks(milliseconds(100));
  result.marks = {{kStepEndMark, Time(milliseconds(80))}};
  result.job.model_flops = 1e11;
  const Headline headline = HeadlineOf(scenario, result);
  EXPECT_EQ(headline.step_time, milliseconds(80));
  EXPECT_DOUBLE_EQ(*headline.tokens_per_second, 10'000);
  EXPECT_DOUBLE_EQ(*headline.mfu, 0.25);
  EXPECT_FALSE(headline.time_to_first_token.has_value());
}

TEST(Headline, MixedPrecisionCountsAgainstTheFp16Peak) {
  SystemSpec system;
  system.chip.matrix_peak.Set(Precision::kFp16, FlopRate(2e12));
  system.ranks_per_chip = 2;
  EXPECT_EQ(PeakRate(system, Precision::kMixedFp16), FlopRate(1e12));
  EXPECT_EQ(PeakRate(system, Precision::kFp8), std::nullopt);
}

InferenceJob Inference(int64_t output_tokens, bool decode_only) {
  InferenceJob job;
  job.batch = 10;
  job.prompt_tokens = 50;
  job.output_tokens = output_tokens;
  job.decode_only = decode_only;
  return job;
}

TEST(Headline, InferenceSplitsAtTheFirstToken) {
  const ScenarioSpec scenario = ScenarioOf(Inference(21, false));
  SimulationResult result = FourRanks(milliseconds(300));
  result.marks = {{kPrefillEndMark, Time(milliseconds(100))},
                  {kTokenMark, Time(milliseconds(300))}};
  const Headline headline = HeadlineOf(scenario, result);
  EXPECT_EQ(headline.time_to_first_token, milliseconds(100));
  EXPECT_EQ(headline.time_per_output_token, milliseconds(10));
  EXPECT_DOUBLE_EQ(*headline.tokens_per_second, 700);
}

TEST(Headline, PrefillAloneCountsPromptTokens) {
  const ScenarioSpec scenario = ScenarioOf(Inference(0, false));
  SimulationResult result = FourRanks(milliseconds(100));
  const Headline headline = HeadlineOf(scenario, result);
  EXPECT_EQ(headline.time_to_first_token, milliseconds(100));
  EXPECT_FALSE(headline.time_per_output_token.has_value());
  EXPECT_DOUBLE_EQ(*headline.tokens_per_second, 5000);
}

TEST(Headline, DecodeAloneHasNoFirstToken) {
  const ScenarioSpec scenario = ScenarioOf(Inference(20, true));
  const Headline headline = HeadlineOf(scenario, FourRanks(milliseconds(200)));
  EXPECT_FALSE(headline.time_to_first_token.has_value());
  EXPECT_EQ(headline.time_per_output_token, milliseconds(10));
}

TEST(Headline, CollectivesHaveTheBandwidthsOfNcclTests) {
  CollectiveJob job;
  job.op = "all_reduce";
  job.bytes = Bytes(4'000'000);
  const ScenarioSpec scenario = ScenarioOf(job);
  const Headline headline = HeadlineOf(scenario, FourRanks(milliseconds(2)));
  EXPECT_DOUBLE_EQ(*headline.algorithm_bandwidth, 2e9);
  EXPECT_DOUBLE_EQ(*headline.bus_bandwidth, 3e9);
}

TEST(Headline, AnInterruptedRunHasNone) {
  const ScenarioSpec scenario = ScenarioOf(Inference(20, true));
  SimulationResult result = FourRanks(milliseconds(200));
  result.interrupted = true;
  EXPECT_FALSE(HeadlineOf(scenario, result).time_per_output_token.has_value());
}

}  // namespace
}  // namespace tessera
