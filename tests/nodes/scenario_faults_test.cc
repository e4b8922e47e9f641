// What the `faults` of a scenario do to whole runs.
#include "nodes/scenario_faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::Contains;
using testing::HasSubstr;

// Four DGX H100 on two leaves of two nodes.
constexpr char kTwoLeaves[] = R"(
system:
  base: dgx_h100
  scale_out: {rail_optimised: false, nodes_per_leaf: 2}
nodes: 4
collective: {operation: all_to_all, bytes: 64 MiB}
)";
constexpr char kDecode[] = R"(
system: dgx_h100
model: llama3p1_8b
inference: {batch: 8, prompt_tokens: 128, output_tokens: 2}
plan: {tensor: 8}
)";

absl::StatusOr<SimulationResult> RunWith(const std::string& faults,
                                         const std::string& text = kTwoLeaves) {
  const std::vector<std::string> overrides = {"faults=[" + faults + "]"};
  const auto scenario = Catalog("configs").ParseScenario(text, "test.yaml", overrides);
  if (!scenario.ok()) return scenario.status();
  return Simulate(*scenario, {.traced_ranks = 0});
}

double SecondsWith(const std::string& faults, const std::string& text = kTwoLeaves) {
  const auto result = RunWith(faults, text);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? ToSeconds(result->makespan) : 0;
}

TEST(ScenarioFaultsTest, ASlowNicHoldsUpAllWhoTalkToIt) {
  const double plain = SecondsWith("");
  const double half = SecondsWith("{device: node1/nic3, rate: 0.5}");
  const double late = SecondsWith("{device: node1/nic3, rate: 0.5, at: 500 us}");
  EXPECT_GT(half, 1.5 * plain);
  EXPECT_LT(half, 2.1 * plain);
  EXPECT_GT(late, plain);
  EXPECT_LT(late, half);
}

TEST(ScenarioFaultsTest, TrafficGoesRoundASpineThatIsDown) {
  const double plain = SecondsWith("");
  const auto down = RunWith("{device: spine0, at: 100 us}");
  ASSERT_THAT(down, IsOk());
  EXPECT_GT(ToSeconds(down->makespan), plain);
  EXPECT_LT(ToSeconds(down->makespan), 4 * plain);
  EXPECT_THAT(down->job.assumptions, Contains(HasSubstr("transfers went round links")));
  EXPECT_THAT(down->job.assumptions, Contains(HasSubstr("were under way when a link")));
}

TEST(ScenarioFaultsTest, WhoIsCutOffIsNamed) {
  const auto cut = RunWith("{device: node2/chip5, at: 200 us}");
  EXPECT_THAT(cut, FailsContaining("is cut off: "));
  EXPECT_THAT(cut, FailsContaining("node2/switch -> node2/chip5 down"));
  EXPECT_THAT(cut, FailsContaining("along world (call 1), which is under way"));
}

TEST(ScenarioFaultsTest, TrafficWaitsForALinkThatComesBack) {
  const double plain = SecondsWith("");
  const double waits = SecondsWith("{device: node2/chip5, at: 200 us, until: 1 ms}");
  EXPECT_GT(waits, plain + 0.7e-3);
  EXPECT_LT(waits, plain + 0.9e-3);
}

TEST(ScenarioFaultsTest, RepeatedPacketsTakeTheirShare) {
  const double plain = SecondsWith("");
  EXPECT_GT(SecondsWith("{device: node1/nic3, bit_error_rate: 1e-7}"), 1.01 * plain);
  EXPECT_LT(SecondsWith("{device: node1/nic3, bit_error_rate: 1e-12}"), 1.001 * plain);
}

TEST(ScenarioFaultsTest, ASlowChipComputesLongerAndTheOthersWait) {
  const auto plain = RunWith("", kDecode);
  const auto slow = RunWith("{device: node0/chip3, speed: 0.5}", kDecode);
  ASSERT_THAT(plain, IsOk());
  ASSERT_THAT(slow, IsOk());
  EXPECT_NEAR(ToSeconds(slow->rank_busy[3]), 2 * ToSeconds(plain->rank_busy[3]), 1e-9);
  EXPECT_EQ(slow->rank_busy[2], plain->rank_busy[2]);
  EXPECT_GT(slow->makespan, 1.3 * plain->makespan);
  EXPECT_LT(slow->makespan, 2.0 * plain->makespan);
}

TEST(ScenarioFaultsTest, NamesThatTheMachineLacksAreRefusedWithThoseNear) {
  EXPECT_THAT(RunWith("{device: spin0}"), FailsContaining("did you mean \"spine0\"?"));
  EXPECT_THAT(RunWith("{link: node0/nic0 -> leaf1}"),
              FailsContaining("no link \"node0/nic0 -> leaf1\" on this machine"));
  EXPECT_THAT(RunWith("{link: leaf0}"), FailsContaining("accepted: \"SOURCE -> TARGET\""));
  EXPECT_THAT(RunWith("{device: leaf0, speed: 0.5}"), FailsContaining("leaf0 computes nothing"));
}

}  // namespace
}  // namespace tessera
