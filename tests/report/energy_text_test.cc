#include "report/energy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

class EnergyTextTest : public testing::Test {
 protected:
  void SetUp() override {
    auto scenario = Catalog("configs").LoadScenario(
        "configs/scenarios/llama3_70b_inference_h100.yaml", {"inference.output_tokens=2"});
    ASSERT_THAT(scenario, IsOk());
    auto result = Simulate(*scenario, {.traced_ranks = 0});
    ASSERT_THAT(result, IsOk());
    scenario_ = *std::move(scenario);
    result_ = *std::move(result);
  }
  ScenarioSpec scenario_;
  SimulationResult result_;
};

TEST_F(EnergyTextTest, NamesJoulesWattsAndDollars) {
  const Facts facts = EnergyFacts(scenario_, result_);
  ASSERT_EQ(facts.size(), 4U);
  EXPECT_THAT(facts[0].second, testing::HasSubstr("J a token: compute "));
  EXPECT_THAT(facts[1].second, testing::HasSubstr("% of its design power"));
  EXPECT_THAT(facts[2].second, testing::HasSubstr("USD a million tokens (power "));
  EXPECT_EQ(facts[3].first, "rented");
}

TEST_F(EnergyTextTest, SaysNothingOfWhatIsNotKnown) {
  scenario_.system.chip.tdp.reset();
  scenario_.system.chip.cloud_price_per_hour.reset();
  EXPECT_TRUE(EnergyFacts(scenario_, result_).empty());
}

}  // namespace
}  // namespace tessera
