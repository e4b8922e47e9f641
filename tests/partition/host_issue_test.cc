// Sparse layers whose kernels the host issues one by one.
#include "partition/host_issue.h"

#include <gtest/gtest.h>

#include "partition/closed_form.h"
#include "partition/plan_context.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::microseconds;

ScenarioSpec SparseTraining(int expert, const std::string& framework, int sequence) {
  ScenarioSpec scenario;
  scenario.system = TestSystem();
  scenario.system.chip.overhead.emplace().framework_call = microseconds(20);
  scenario.chips = 8;
  scenario.model = SmallSparse();
  const TrainingJob job{.sequence = sequence, .global_batch = 8, .precision = PrecisionPlan{}};
  SetJob(job, scenario);
  scenario.software.framework = framework;
  scenario.plan.expert = expert;
  scenario.moe_routing.kind = MoeRoutingSpec::Kind::kBalanced;
  return scenario;
}

HostIssueTime IssueOf(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  const auto plan = CompletePlan(scenario);
  EXPECT_THAT(plan, IsOk());
  return SparseIssueTime(PlanContext(scenario, chip, *plan).context);
}

Duration StepOf(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  const auto cost = ClosedForm(scenario, chip).Evaluate(scenario.plan);
  EXPECT_THAT(cost, IsOk());
  return cost->step;
}

TEST(HostIssue, GrowsWithTheExpertsOfARankNotWithTokens) {
  // Two products of an expert forward, four backward.
  for (const int expert : {1, 2, 4, 8}) {
    const int64_t held = 8 / expert;
    const HostIssueTime time = IssueOf(SparseTraining(expert, "megatron_bridge", 1024));
    EXPECT_EQ(time.forward, microseconds(20) * (60 + 2 * held));
    EXPECT_EQ(time.backward, microseconds(20) * (120 + 4 * held));
    EXPECT_EQ(IssueOf(SparseTraining(expert, "megatron_bridge", 4096)).forward, time.forward);
  }
}

TEST(HostIssue, QuantisingAddsKernelsAndTensorScalesMost) {
  ScenarioSpec scenario = SparseTraining(1, "megatron_bridge", 1024);
  Precision& compute = std::get<TrainingJob>(scenario.job).precision.compute;
  compute = Precision::kMxfp8;
  EXPECT_EQ(IssueOf(scenario).forward, microseconds(20) * (60 + 2 * 8 * 2));
  compute = Precision::kFp8;
  EXPECT_EQ(IssueOf(scenario).forward, microseconds(20) * (60 + 2 * 8 * 4));
}

TEST(HostIssue, NothingIsIssuedWhereGraphsAreReplayed) {
  ScenarioSpec scenario = SparseTraining(8, "megatron_bridge", 1024);
  scenario.system.chips_per_node = 72;
  EXPECT_EQ(IssueOf(scenario).forward, Duration{});
  EXPECT_EQ(IssueOf(SparseTraining(8, "deepseek", 1024)).backward, Duration{});
}

TEST(HostIssue, BoundsTheLayerOnlyWhereTheDeviceIsFaster) {
  ScenarioSpec free = SparseTraining(8, "megatron_bridge", 16);
  free.system.chip.overhead->framework_call = Duration{};
  const ScenarioSpec bound = SparseTraining(8, "megatron_bridge", 16);
  const HostIssueTime issue = IssueOf(bound);
  EXPECT_GE(StepOf(bound), 4 * (issue.forward + issue.backward)) << "four layers";
  EXPECT_LT(StepOf(free), 4 * (issue.forward + issue.backward));

  const int long_enough = 1 << 17;
  ScenarioSpec slow_device = SparseTraining(8, "megatron_bridge", long_enough);
  const Duration with_host = StepOf(slow_device);
  slow_device.system.chip.overhead->framework_call = Duration{};
  EXPECT_EQ(with_host, StepOf(slow_device));
}

}  // namespace
}  // namespace tessera
