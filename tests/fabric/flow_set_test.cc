#include "fabric/flow_set.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/numbers.h"
#include "configs/yaml_tree.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

double Number(const YamlValue& value) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(value.scalar, &number)) << value.scalar;
  return number;
}

Time AtSeconds(double seconds) { return Time(Duration(std::llround(seconds * 1e12))); }

// One case of the oracle file: finish times of SimGrid under max-min sharing.
void CompareCase(const YamlValue& oracle) {
  std::vector<Bandwidth> capacities;
  for (const YamlValue& capacity : oracle.Find("link_bytes_per_s")->items) {
    capacities.push_back(Bandwidth::BytesPerSecond(static_cast<int64_t>(Number(capacity))));
  }
  const double link_latency = Number(*oracle.Find("link_latency_s"));
  std::vector<LoneFlow> flows;
  for (const YamlValue& row : oracle.Find("flows")->items) {
    LoneFlow flow;
    flow.start = AtSeconds(Number(row.items[0]));
    flow.bytes = Bytes(static_cast<int64_t>(Number(row.items[1])));
    for (const YamlValue& link : row.items[2].items) {
      flow.route.push_back(static_cast<int32_t>(Number(link)));
    }
    const double latency = link_latency * static_cast<double>(flow.route.size());
    flow.latency = AtSeconds(latency) - Time{};
    flows.push_back(flow);
  }
  const std::vector<Time> finishes = FinishTimes(capacities, flows);
  for (size_t f = 0; f < flows.size(); ++f) {
    const double expected = Number(oracle.Find("flows")->items[f].items[3]);
    const double allowed = std::max(1e-6 * (expected - ToSeconds(flows[f].start)), 1e-11);
    EXPECT_NEAR(ToSeconds(finishes[f]), expected, allowed) << "flow " << f;
  }
}

TEST(FinishTimesTest, EqualThoseOfSimGridInAllCases) {
  const std::string path = "tests/fabric/data/fluid-maxmin.yaml";
  const auto file = ReadYamlFile(path);
  ASSERT_THAT(file, IsOk());
  const auto& cases = file->Find("cases")->items;
  EXPECT_EQ(cases.size(), 37U);
  for (const YamlValue& oracle : cases) {
    SCOPED_TRACE(oracle.Find("name")->scalar);
    CompareCase(oracle);
  }
}

// net-fluid-arrival
TEST(FinishTimesTest, NetFluidArrival) {
  const std::vector<Bandwidth> link = {Bandwidth::GigabytesPerSecond(10)};
  const std::vector<LoneFlow> flows = {
      {.start = Time{}, .bytes = Bytes(10'000'000'000), .route = {0}},
      {.start = AtSeconds(0.5), .bytes = Bytes(2'000'000'000), .route = {0}}};
  EXPECT_EQ(FinishTimes(link, flows), (std::vector<Time>{AtSeconds(1.2), AtSeconds(0.9)}));
}

TEST(FinishTimesTest, FlowsWithoutBytesOrLinksWaitTheirLatency) {
  const std::vector<Bandwidth> link = {Bandwidth::GigabytesPerSecond(10)};
  const std::vector<LoneFlow> flows = {
      {.start = Time(Duration(5)), .latency = Duration(7), .bytes = Bytes(0), .route = {0}},
      {.start = Time(Duration(1)), .latency = Duration(2), .bytes = Bytes(9), .route = {}}};
  EXPECT_EQ(FinishTimes(link, flows), (std::vector<Time>{Time(Duration(12)), Time(Duration(3))}));
}

}  // namespace
}  // namespace tessera
