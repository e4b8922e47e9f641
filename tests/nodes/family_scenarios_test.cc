// Llama 3.1 70B on a system of every chip family: the shipped scenarios run, say what limits them,
// beat no physical bound and, where somebody published a figure, come within a factor of two of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

enum class Figure { kNone, kLatency, kTimePerToken };

struct Published {
  const char* scenario;  // configs/scenarios/llama3_70b_SCENARIO.yaml
  Figure figure = Figure::kNone;
  double seconds = 0;  // Source: the comment of the scenario.
};

constexpr Published kFamilies[] = {
    {"dgx_h100", Figure::kLatency, 0.204941},
    {"mi300x_platform", Figure::kLatency, 32.685},
    {"trn2_48xlarge", Figure::kTimePerToken, 0.0196},
    {"inf2_48xlarge"},
    {"tpu_v4"},
    {"tpu_v5e"},
    {"tpu_v5p"},
    {"tpu_v6e"},
    {"tt_t3000_loudbox", Figure::kTimePerToken, 0.0628931},
    {"tt_blackhole_galaxy", Figure::kTimePerToken, 1 / 14.9},
    {"groq_70b_deployment", Figure::kTimePerToken, 1.0 / 300},
    {"cerebras_cs3", Figure::kTimePerToken, 1.0 / 450},
    {"graphcore_bow_pod64"},
    {"sambanova_sn40l_16_rack", Figure::kTimePerToken, 1.0 / 461},
};

class FamilyScenarioTest : public testing::TestWithParam<Published> {};

TEST_P(FamilyScenarioTest, RunsWithinItsBoundsAndNearWhatIsPublished) {
  const Published& family = GetParam();
  const std::string path = std::string("configs/scenarios/llama3_70b_") + family.scenario + ".yaml";
  const auto scenario = Catalog("configs").LoadScenario(path);
  ASSERT_THAT(scenario, IsOk());
  SimulationOptions options;
  options.traced_ranks = 0;
  const auto result = Simulate(*scenario, options);
  ASSERT_THAT(result, IsOk());
  EXPECT_FALSE(result->bottleneck.empty());
  EXPECT_GT(result->lower_bound, Duration::zero());
  EXPECT_GE(result->makespan, result->lower_bound);
  if (family.figure == Figure::kNone) return;
  const double predicted = family.figure == Figure::kLatency
                               ? ToSeconds(result->makespan)
                               : ToSeconds(result->headline.time_per_output_token.value());
  EXPECT_GT(predicted, family.seconds / 2);
  EXPECT_LT(predicted, family.seconds * 2);
}

// 141 GB on one wafer of 44 GB: every token fetches all weights over 150 GB/s.
TEST(FamilyScenariosTest, AModelThatAWaferCannotHoldStreamsItsWeights) {
  const auto scenario =
      Catalog("configs").LoadScenario("configs/scenarios/llama3_70b_cerebras_cs3.yaml",
                                      {"nodes=1", "plan.pipeline=1", "inference.output_tokens=3"});
  ASSERT_THAT(scenario, IsOk());
  const auto result = Simulate(*scenario, {});
  ASSERT_THAT(result, IsOk());
  EXPECT_GT(ToSeconds(result->headline.time_per_output_token.value()), 139e9 / 150e9);
}

INSTANTIATE_TEST_SUITE_P(Llama70b, FamilyScenarioTest, testing::ValuesIn(kFamilies),
                         [](const auto& family) { return std::string(family.param.scenario); });

}  // namespace
}  // namespace tessera
