// The `faults` block of a scenario.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kScenario[] = R"(system: dgx_h100
nodes: 2
collective: {operation: all_reduce, bytes: 1 MiB}
faults:
- )";

absl::StatusOr<ScenarioSpec> Parse(const std::string& fault,
                                   const std::vector<std::string>& overrides = {}) {
  return Catalog("configs").ParseScenario(kScenario + fault, "test.yaml", overrides);
}

TEST(FaultsTest, ALinkIsDownForEverAndGoneRoundAtOnceByDefault) {
  const auto scenario = Parse("{link: leaf0 <-> spine1}");
  ASSERT_THAT(scenario, IsOk());
  const FaultSpec& fault = scenario->faults.at(0);
  EXPECT_EQ(fault.link, "leaf0 <-> spine1");
  EXPECT_EQ(fault.at, Duration());
  EXPECT_EQ(fault.length, std::nullopt);
  EXPECT_EQ(fault.rate, 0);
  EXPECT_EQ(fault.reroute_after, Duration());
  EXPECT_EQ(fault.place, "test.yaml:5:3");
}

TEST(FaultsTest, TimesAndRates) {
  const auto scenario = Parse(
      "{device: spine0, at: 2 ms, until: 5 ms, every: 10 ms, rate: 0.5}\n"
      "- {device: node0/chip3, speed: 0.8}\n"
      "- {device: spine1, reroute: false}\n"
      "- {device: spine1, bit_error_rate: 1e-9}");
  ASSERT_THAT(scenario, IsOk());
  const FaultSpec& flaps = scenario->faults.at(0);
  EXPECT_EQ(flaps.length, Duration(3'000'000'000));
  EXPECT_EQ(flaps.every, Duration(10'000'000'000));
  EXPECT_EQ(flaps.rate, 0.5);
  EXPECT_FALSE(scenario->faults.at(1).touches_links());
  EXPECT_EQ(scenario->faults.at(1).speed, 0.8);
  EXPECT_EQ(scenario->faults.at(2).reroute_after, std::nullopt);
  EXPECT_EQ(scenario->faults.at(3).rate, std::nullopt);
  EXPECT_EQ(scenario->faults.at(3).bit_error_rate, 1e-9);
}

TEST(FaultsTest, ContradictionsAreRefusedWhereTheyStand) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{at: 1 ms}", "test.yaml:5:3: faults[0]: found neither; accepted: one of link, device"},
      {"{link: a -> b, device: c}", "found a link and a device"},
      {"{link: a -> b, speed: 0.5}", "a link computes nothing"},
      {"{device: a, rate: 0.5, bit_error_rate: 1e-9}", "found with rate"},
      {"{device: a, at: 2 ms, until: 1 ms}", "accepted: later than at"},
      {"{device: a, every: 1 ms}", "accepted: with until"},
      {"{device: a, until: 2 ms, every: 1 ms}", "accepted: longer than until less at"},
      {"{device: a, rate: 0.5, reroute_after: 1 ms}", "accepted: with rate: 0"},
      {"{device: a, reroute: false, reroute_after: 1 ms}", "found with reroute: false"},
      {"{device: a, rate: 1}", "rate"},
      {"{device: a, spede: 1}", "did you mean \"speed\"?"}};
  for (const auto& [fault, message] : cases) EXPECT_THAT(Parse(fault), FailsContaining(message));
}

TEST(FaultsTest, OnlyFluidNetworksFail) {
  EXPECT_THAT(Parse("{device: a, rate: 0.5}", {"fabric.scale_out=packet"}),
              FailsContaining("accepted: fabric: fluid"));
  EXPECT_THAT(Parse("{device: a}", {"fabric.routing=spray"}),
              FailsContaining("links that are down and traffic on several ways"));
  EXPECT_THAT(Parse("{device: a, rate: 0.5}", {"fabric.routing=spray"}), IsOk());
  EXPECT_THAT(Parse("{device: a, speed: 0.5}", {"fabric.scale_out=packet"}), IsOk());
}

}  // namespace
}  // namespace tessera
