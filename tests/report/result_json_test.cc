#include "report/result_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/sample_run.h"

namespace tessera {
namespace {

nlohmann::json Parse(const std::string& text) { return nlohmann::json::parse(text); }

class ResultJsonTest : public testing::Test {
 protected:
  RunReport Report() const {
    return {.scenario = scenario_, .result = result_, .scenario_text = kSampleText};
  }
  const ScenarioSpec scenario_ = SampleScenario();
  SimulationResult result_ = SampleResult();
};

TEST_F(ResultJsonTest, KeepsWhatWasAskedAndFound) {
  const auto json = Parse(ResultJson(Report()));
  EXPECT_EQ(json["schema_version"], 1);
  EXPECT_EQ(json["request"]["job"], "training");
  EXPECT_EQ(json["request"]["scenario_text"], kSampleText);
  EXPECT_EQ(json["makespan_ps"], 100'000'000);
  EXPECT_EQ(json["headline"]["step_time_s"], 1e-4);
  EXPECT_EQ(json["headline"]["model_flops_utilisation"], 0.4321);
  EXPECT_FALSE(json["headline"].contains("time_to_first_token_s"));
  EXPECT_EQ(json["memory"]["capacity_bytes"], 85'899'345'920);
  EXPECT_EQ(json["tiers"][0]["hottest_links"][0]["link"], "node0/chip0 -> node0/chip1");
  EXPECT_EQ(json["sources"][0]["confidence"], "estimate");
  EXPECT_EQ(json["assumptions"][0], "activations are kept in bf16");
}

TEST_F(ResultJsonTest, TimePartsSumToTheMakespan) {
  const auto json = Parse(ResultJson(Report()));
  double sum = json["time"]["finished_s"];
  for (const char* kind : {"compute", "exposed_communication", "waiting"}) {
    for (const auto& part : json["time"][kind]) sum += part["time_s"].get<double>();
  }
  EXPECT_DOUBLE_EQ(sum, 1e-4);
}

TEST_F(ResultJsonTest, TheHashLeavesOutTheWallClock) {
  RunReport slow = Report();
  slow.wall_seconds = 10;
  slow.cpu_seconds = 9;
  const auto json = Parse(ResultJson(slow));
  EXPECT_EQ(json["wall_clock"]["wall_s"], 10);
  EXPECT_EQ(json["wall_clock"]["events_per_wall_s"], 123.4);
  EXPECT_EQ(json["result_hash"], ResultHash(Report()));
}

TEST_F(ResultJsonTest, TheHashCoversEverythingElse) {
  const std::string before = ResultHash(Report());
  ++result_.events;
  EXPECT_NE(ResultHash(Report()), before);
}

TEST_F(ResultJsonTest, LargeIntegersAreStrings) {
  result_.tiers[0].bytes = Bytes(int64_t{1} << 60);
  EXPECT_EQ(Parse(ResultJson(Report()))["tiers"][0]["moved_bytes"], "1152921504606846976");
}

}  // namespace
}  // namespace tessera
