#include "report/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "report/result_json.h"
#include "tests/report/sample_run.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::HasSubstr;

class ComparisonTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const ScenarioSpec& scenario,
                    const SimulationResult& result) {
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / name;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "result.json")
        << ResultJson({.scenario = scenario, .result = result, .scenario_text = kSampleText});
    return folder;
  }

  const ScenarioSpec scenario_ = SampleScenario();
  const SimulationResult result_ = SampleResult();
};

TEST_F(ComparisonTest, EqualRunsAreOneResult) {
  const std::string folder = Write("equal", scenario_, result_);
  const auto comparison = CompareResults(folder, folder + "/result.json");
  ASSERT_THAT(comparison, IsOk());
  EXPECT_TRUE(comparison->same_result);
  EXPECT_EQ(ComparisonText(*comparison), "A and B are the same result, bit for bit\n");
}

TEST_F(ComparisonTest, PartsOfTheTimeSumToTheMakespans) {
  ScenarioSpec other = scenario_;
  other.seed = scenario_.seed + 1;
  SimulationResult slower = result_;
  slower.makespan += std::chrono::microseconds(7);
  const auto comparison = CompareResults(Write("a", scenario_, result_), Write("b", other, slower));
  ASSERT_THAT(comparison, IsOk());
  EXPECT_FALSE(comparison->same_result);
  ASSERT_EQ(comparison->request.size(), 1U);
  EXPECT_EQ(comparison->request[0].field, "seed");
  double before = 0;
  for (const ComparedQuantity& part : comparison->time) before += part.before;
  EXPECT_NEAR(before, ToSeconds(result_.makespan), 1e-12);
  EXPECT_THAT(ComparisonText(*comparison), HasSubstr("asked differently\n"));
  EXPECT_THAT(ComparisonText(*comparison), HasSubstr("+7 us"));
}

TEST_F(ComparisonTest, AFileThatIsNoResultIsNamed) {
  const std::string folder = Write("c", scenario_, result_);
  EXPECT_EQ(CompareResults("no/such", folder).status().message(),
            "no/such: cannot be read; give a folder written by run --out or its result.json");
  const std::string broken = testing::TempDir() + "/broken.json";
  std::ofstream(broken) << "{\"makespan_s\": ";
  EXPECT_THAT(std::string(CompareResults(folder, broken).status().message()),
              HasSubstr("broken.json: not the result of a run: "));
  std::ofstream(broken) << "{\"makespan_s\": 1}";
  EXPECT_THAT(std::string(CompareResults(folder, broken).status().message()),
              HasSubstr("no result_hash"));
}

}  // namespace
}  // namespace tessera
