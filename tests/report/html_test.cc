#include "report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "report/files.h"
#include "report/timeline_data.h"
#include "tests/report/sample_run.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string SamplePage() {
  const ScenarioSpec scenario = SampleScenario();
  const SimulationResult result = SampleResult();
  return ReportHtml({.scenario = scenario, .result = result, .scenario_text = kSampleText});
}

TEST(ReportHtml, RefersToNothingOutsideItself) {
  const std::string page = SamplePage();
  for (const char* reference : {"http:", "https:", "src=", "@import", "url(", "<link", "fetch("}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
  EXPECT_LT(page.size(), 100'000);
}

TEST(ReportHtml, ShowsResultBottleneckAndScenario) {
  const std::string page = SamplePage();
  for (const char* part :
       {"<title>model_a training on 2 x chip_a (pair)</title>", "What limits it",
        "matrix units (mlp at 72 % of peak FLOP/s), 60 % of the time", "43.2 %",
        "exposed communication (pipeline)", "node0/chip0 -&gt; node0/chip1", "send_recv",
        "activations are kept in bf16", "a guess", "a &lt;b&gt; &amp; c"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST(ReportHtml, LinksOnlyToSectionsThatExist) {
  const std::string page = SamplePage();
  for (size_t at = page.find("href=\"#"); at != std::string::npos;
       at = page.find("href=\"#", at + 1)) {
    const size_t begin = at + 7;
    const std::string id = page.substr(begin, page.find('"', begin) - begin);
    EXPECT_THAT(page, HasSubstr("<section id=" + id + " "));
  }
}

TEST(TimelineData, KeepsSpansThatAreFew) {
  const TimelineData timeline = MakeTimeline(SampleResult(), 100);
  ASSERT_EQ(timeline.lanes.size(), 3);
  EXPECT_EQ(timeline.lanes[0].pieces.size(), 3);
  EXPECT_TRUE(timeline.lanes[1].side);
  EXPECT_EQ(timeline.lanes[2].pieces.size(), 4);
  EXPECT_EQ(timeline.lanes[2].pieces.back().end * timeline.tick, SampleResult().makespan);
}

// A lane of many short spans of two kinds in turn, the second one longer.
SimulationResult Stripes(int count) {
  SimulationResult result = SampleResult();
  result.spans.clear();
  for (int i = 0; i < count; ++i) {
    Span span;
    span.category = i % 2 == 0 ? OperatorClass::kNorm : OperatorClass::kMlp;
    span.begin = Time(Duration(1'000'000) * (10 * (i / 2) + (i % 2) * 3));
    span.end = span.begin + Duration(1'000'000) * (i % 2 == 0 ? 3 : 7);
    result.spans.push_back(span);
  }
  result.makespan = result.spans.back().end.time_since_epoch();
  return result;
}

TEST(TimelineData, ShowsWhatTookMostWhereSpansAreTooMany) {
  const TimelineData timeline = MakeTimeline(Stripes(20000), 500);
  ASSERT_EQ(timeline.lanes.size(), 1);
  EXPECT_LE(timeline.lanes[0].pieces.size(), 500);
  int64_t shown = 0;
  for (const TimelinePiece& piece : timeline.lanes[0].pieces) {
    if (timeline.kinds[static_cast<size_t>(piece.kind)].name == "mlp") {
      shown += piece.end - piece.begin;
    }
  }
  // Seven tenths of the time are mlp; coarse cells show nothing else.
  EXPECT_GT(Duration(timeline.tick) * shown, 0.9 * Stripes(20000).makespan);
}

TEST(TimelineData, IsValidJson) {
  const SimulationResult result = SampleResult();
  const auto json = nlohmann::json::parse(TimelineJson(MakeTimeline(result, 100), result.makespan));
  EXPECT_EQ(json["rows"], (std::vector<int>{0, 1}));
  EXPECT_EQ(json["lanes"][2]["runs"].size(), 12);
  EXPECT_EQ(json["end"], 1e-4);
}

TEST(RunFiles, AreWrittenIntoAFreshFolder) {
  const ScenarioSpec scenario = SampleScenario();
  const SimulationResult result = SampleResult();
  const RunReport report = {.scenario = scenario, .result = result, .scenario_text = kSampleText};
  const std::string folder = testing::TempDir() + "/tessera_run_files/deep";
  ASSERT_THAT(WriteRunFiles(report, folder), IsOk());
  for (const char* name : {"result.json", "trace.json", "report.html"}) {
    EXPECT_TRUE(std::ifstream(folder + "/" + name).good()) << name;
  }
}

TEST(RunFiles, SayWhichFolderCannotBeMade) {
  const ScenarioSpec scenario = SampleScenario();
  const SimulationResult result = SampleResult();
  EXPECT_THAT(
      WriteRunFiles({.scenario = scenario, .result = result, .scenario_text = ""}, "/dev/null/x"),
      FailsWith("/dev/null/x: cannot be made: Not a directory"));
}

}  // namespace
}  // namespace tessera
