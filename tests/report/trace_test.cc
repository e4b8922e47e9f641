#include "report/trace.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/report/sample_run.h"

namespace tessera {
namespace {

nlohmann::json SampleEvents() {
  return nlohmann::json::parse(TraceJson(SampleResult()))["traceEvents"];
}

TEST(Trace, EveryEventHasPhaseTimeProcessAndThread) {
  const std::set<std::string> phases = {"X", "M", "C"};
  const auto events = SampleEvents();
  ASSERT_GT(events.size(), 10);
  for (const auto& event : events) {
    EXPECT_TRUE(phases.contains(event["ph"])) << event;
    EXPECT_TRUE(event["ts"].is_number()) << event;
    EXPECT_GE(event["ts"], 0) << event;
    EXPECT_TRUE(event["pid"].is_number_integer()) << event;
    EXPECT_TRUE(event["tid"].is_number_integer()) << event;
    EXPECT_TRUE(event["ph"] != "X" || event["dur"] > 0) << event;
  }
}

TEST(Trace, CompleteEventsOfOneTrackNest) {
  std::map<std::pair<int, int>, double> end_of_track;
  int complete = 0;
  for (const auto& event : SampleEvents()) {
    if (event["ph"] != "X") continue;
    ++complete;
    double& end = end_of_track[{event["pid"], event["tid"]}];
    EXPECT_GE(event["ts"].get<double>(), end) << event;
    end = event["ts"].get<double>() + event["dur"].get<double>();
  }
  EXPECT_EQ(complete, 8);
}

TEST(Trace, HasOneTrackForEachEngineOfAChipAndEachHotLink) {
  std::set<std::string> tracks, counters;
  for (const auto& event : SampleEvents()) {
    if (event["name"] == "thread_name") tracks.insert(event["args"]["name"]);
    if (event["ph"] == "C") counters.insert(event["name"]);
  }
  EXPECT_EQ(tracks, (std::set<std::string>{"compute", "exposed communication",
                                           "overlapped communication, data"}));
  EXPECT_EQ(counters, std::set<std::string>{"node0/chip0 -> node0/chip1, utilisation"});
}

TEST(Trace, TimesAreExactMicroseconds) {
  SimulationResult result = SampleResult();
  result.timelines.clear();
  result.spans.resize(1);
  result.spans[0].begin = Time(Duration(1'234'567));
  result.spans[0].end = Time(Duration(2'000'000'000'001));
  const std::string text = TraceJson(result);
  EXPECT_NE(text.find("\"ts\":1.234567,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"dur\":1999998.765434,"), std::string::npos) << text;
}

}  // namespace
}  // namespace tessera
