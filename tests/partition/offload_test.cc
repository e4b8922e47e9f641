// What a plan keeps on the host: memory that becomes free, and time on the link.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/closed_form.h"
#include "partition/memory.h"
#include "partition/plan_evaluator.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr Bandwidth kHost = Bandwidth::GigabytesPerSecond(10);

Bytes Of(const MemoryUse& use, TensorClass c) { return use.by_class[static_cast<size_t>(c)]; }

MemoryUse MemoryOrDie(const ScenarioSpec& scenario, const PlanSpec& plan) {
  const absl::StatusOr<MemoryUse> use = MemoryOf(scenario, plan);
  EXPECT_THAT(use, IsOk());
  return *use;
}

// Eight ranks, each with an eighth of every layer; 16 tokens behind the prompt.
ScenarioSpec Generation() {
  ScenarioSpec scenario = Gpt3Training({.tensor = 8}, 8, 1);
  scenario.system.chip.host_bandwidth = kHost;
  scenario.job = InferenceJob{.batch = 32,
                              .prompt_tokens = 2000,
                              .output_tokens = 17,
                              .decode_only = false,
                              .precision = PrecisionPlan{}};
  return scenario;
}

Duration StepOf(const ScenarioSpec& scenario) {
  const FakeChip chip(scenario.system.chip);
  PlanEvaluator evaluator(scenario, chip);
  const absl::StatusOr<PlanSpec> plan = evaluator.Complete(scenario.plan);
  EXPECT_THAT(plan, IsOk());
  const absl::StatusOr<PlanCost> cost = evaluator.Time(*plan);
  EXPECT_THAT(cost, IsOk());
  return cost->step;
}

TEST(Offload, WeightsAndCacheLeaveTheChipButForTwoLayers) {
  const ScenarioSpec scenario = Generation();
  const MemoryUse before = MemoryOrDie(scenario, {.tensor = 8});
  const MemoryUse weights = MemoryOrDie(scenario, {.tensor = 8, .weights_offload = true});
  const MemoryUse cache = MemoryOrDie(scenario, {.tensor = 8, .kv_offload = true});
  EXPECT_EQ(before.on_host, Bytes());
  EXPECT_NEAR(static_cast<double>((Of(weights, TensorClass::kWeights) + weights.on_host).count()),
              static_cast<double>(Of(before, TensorClass::kWeights).count()), 2);
  EXPECT_EQ(Of(cache, TensorClass::kKvCache) * 48, Of(before, TensorClass::kKvCache));
  EXPECT_EQ(Of(cache, TensorClass::kKvCache) + cache.on_host, Of(before, TensorClass::kKvCache));
  EXPECT_LT(weights.total, before.total);
  EXPECT_LT(cache.total, before.total);
}

// The link sets the pace: every step reads every layer's weights, every decode step the cache too.
TEST(Offload, GenerationIsBoundByTheLinkToTheHost) {
  ScenarioSpec scenario = Generation();
  const Duration on_chip = StepOf(scenario);
  const int64_t width = scenario.model.hidden;
  const Duration weights = TransferTime(Bytes(12 * width * width / 8 * 2), kHost) * 96;
  const Duration cache = TransferTime(Bytes(2 * width / 8 * 2 * 32 * 2000), kHost) * 96;
  scenario.plan.weights_offload = true;
  const Duration with_weights = StepOf(scenario);
  EXPECT_GE(with_weights, weights * 17);
  EXPECT_LE(with_weights, weights * 17 + on_chip);
  scenario.plan.kv_offload = true;
  const Duration with_both = StepOf(scenario);
  EXPECT_GE(with_both, weights * 17 + cache * 16);
  EXPECT_LE(with_both, (weights * 17 + cache * 17) * 1.02 + on_chip);
}

TEST(Offload, AFastLinkCostsNothing) {
  ScenarioSpec scenario = Generation();
  scenario.system.chip.host_bandwidth = Bandwidth::GigabytesPerSecond(1'000'000);
  const Duration on_chip = StepOf(scenario);
  scenario.plan.weights_offload = scenario.plan.kv_offload = true;
  EXPECT_EQ(StepOf(scenario), on_chip);
}

TEST(Offload, TheOptimizerSendsItsGradientsOverTheLink) {
  ScenarioSpec scenario = Gpt3Training({.tensor = 8, .pipeline = 8}, 64, 8);
  scenario.system.chip.host_bandwidth = kHost;
  scenario.software.framework = "deepspeed";
  const FakeChip chip(scenario.system.chip);
  ClosedForm closed_form(scenario, chip);
  PlanSpec plan = scenario.plan;
  const auto on_chip = closed_form.Evaluate(plan);
  plan.optimizer_offload = true;
  const auto offloaded = closed_form.Evaluate(plan);
  ASSERT_THAT(on_chip, IsOk());
  ASSERT_THAT(offloaded, IsOk());
  const MemoryUse use = MemoryOrDie(scenario, plan);
  // 2 bytes of a gradient for 12 of states.
  const Bytes gradients(use.on_host.count() / 6);
  const auto transfer = static_cast<double>(TransferTime(gradients, kHost).count());
  EXPECT_NEAR(static_cast<double>((offloaded->optimizer - on_chip->optimizer).count()), transfer,
              0.1 * transfer);
  EXPECT_LT(offloaded->memory, on_chip->memory);
}

}  // namespace
}  // namespace tessera
