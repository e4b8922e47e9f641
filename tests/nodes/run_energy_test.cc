#include "nodes/run_energy.h"

#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kScenario[] = "configs/scenarios/llama3_70b_inference_h100.yaml";

struct Finished {
  ScenarioSpec scenario;
  SimulationResult result;
};

Finished RunWith(const std::vector<std::string>& overrides) {
  auto scenario = Catalog("configs").LoadScenario(kScenario, overrides);
  EXPECT_THAT(scenario, IsOk());
  auto result = Simulate(*scenario, {.traced_ranks = 0});
  EXPECT_THAT(result, IsOk());
  return {*std::move(scenario), *std::move(result)};
}

TEST(RunEnergyTest, IdleIsTheIdlePowerOfAllChipsOverTheRun) {
  const Finished run = RunWith({"inference.output_tokens=2"});
  const auto energy = EnergyOfRun(run.scenario, run.result);
  ASSERT_TRUE(energy.has_value());
  const double seconds = ToSeconds(run.result.makespan);
  EXPECT_NEAR(energy->idle.value() / (8 * 70 * seconds), 1, 1e-9);
  EXPECT_GT(energy->links.value(), 0);
  EXPECT_NEAR(energy->mean_chip_power.value() * 8 * seconds / energy->total().value(), 1, 1e-9);
}

TEST(RunEnergyTest, PrefillDrawsMoreThanDecodeAndNeitherMoreThanTheDesignPower) {
  const Finished prefill = RunWith({"inference.output_tokens=0"});
  const Finished decode = RunWith({"inference.decode_only=true", "inference.output_tokens=4"});
  const double hot = EnergyOfRun(prefill.scenario, prefill.result)->mean_chip_power.value();
  const double cool = EnergyOfRun(decode.scenario, decode.result)->mean_chip_power.value();
  EXPECT_GT(hot, cool);
  EXPECT_LT(hot, 700 * 1.05);  // Links are on top.
  EXPECT_GT(cool, 70);
}

TEST(RunEnergyTest, MoneyIsCapitalPowerAndRent) {
  const Finished run = RunWith({"inference.output_tokens=2"});
  const auto cost = CostOfRun(run.scenario, run.result);
  ASSERT_TRUE(cost.has_value());
  // A node of 290,000 USD over four years at 60 %; eight GPUs at the mean of 1.99 and 5 USD/h.
  const double seconds = ToSeconds(run.result.makespan);
  EXPECT_NEAR(cost->capital->value() / (290000 / (4 * 365.25 * 86400 * 0.6) * seconds), 1, 1e-9);
  EXPECT_NEAR(cost->rent->value() / (8 * 3.495 / 3600 * seconds), 1, 1e-9);
  EXPECT_GT(cost->electricity->value(), 0);
  EXPECT_LT(cost->electricity->value(), cost->capital->value());
}

TEST(RunEnergyTest, UnknownPowerAndPricesLeaveNothingToSay) {
  Finished run = RunWith({"inference.output_tokens=2"});
  run.scenario.system.chip.tdp.reset();
  run.scenario.system.chip.cloud_price_per_hour.reset();
  EXPECT_FALSE(EnergyOfRun(run.scenario, run.result).has_value());
  EXPECT_FALSE(CostOfRun(run.scenario, run.result).has_value());
}

}  // namespace
}  // namespace tessera
