// Zeros, power caps, speculation and early exits in whole scenarios.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "configs/catalog.h"
#include "nodes/run_energy.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"
#include "workload/conditional.h"

namespace tessera {
namespace {

struct Finished {
  ScenarioSpec scenario;
  SimulationResult result;

  double seconds() const { return ToSeconds(result.makespan); }
  double a_token() const { return ToSeconds(result.headline.time_per_output_token.value()); }
  double joules() const { return EnergyOfRun(scenario, result)->total().value(); }
};

Finished RunWith(const std::string& text, const std::vector<std::string>& overrides) {
  auto scenario = Catalog("configs").ParseScenario(text, "test.yaml", overrides);
  EXPECT_THAT(scenario, IsOk());
  auto result = Simulate(*scenario, {.traced_ranks = 0});
  EXPECT_THAT(result, IsOk());
  return {*std::move(scenario), *std::move(result)};
}

absl::Status FaultWith(const std::string& text, const std::vector<std::string>& overrides) {
  const auto scenario = Catalog("configs").ParseScenario(text, "test.yaml", overrides);
  if (!scenario.ok()) return scenario.status();
  return Simulate(*scenario, {.traced_ranks = 0}).status();
}

constexpr char kPrefill[] = R"(
system: dgx_h100
model: llama3p1_70b
inference: {batch: 1, prompt_tokens: 8192}
plan: {tensor: 8}
)";

// One GPU, one sequence: every token reads all weights, nothing is exchanged.
constexpr char kDecode[] = R"(
system: dgx_h100
chips: 1
model: llama3p1_8b
inference: {batch: 1, prompt_tokens: 128, output_tokens: 401, decode_only: true}
)";

double MatrixWork(const Finished& run) {
  double flops = 0;
  for (const Instruction& i : run.result.job.programs.programs[0].instructions) {
    if (i.category == OperatorClass::kMlp) flops += i.matrix_flops;
  }
  return flops;
}

double MemoryBytes(const Finished& run) {
  double bytes = 0;
  for (const Instruction& i : run.result.job.programs.programs[0].instructions) {
    bytes += static_cast<double>(i.memory_bytes.count());
  }
  return bytes;
}

TEST(SparseScenarioTest, TwoOfFourHalvesMatrixWorkButNotTheRestOfAPrefill) {
  const Finished dense = RunWith(kPrefill, {});
  const Finished sparse = RunWith(kPrefill, {"inference.sparsity='2:4'"});
  EXPECT_NEAR(MatrixWork(dense) / MatrixWork(sparse), 2, 1e-6);
  EXPECT_LT(dense.seconds() / sparse.seconds(), 1.8);
  EXPECT_GT(dense.seconds() / sparse.seconds(), 1.15);
  EXPECT_LT(sparse.joules(), dense.joules());
}

// Of the weights in layers; the output layer (525 M of 7.5 G values a token) stays dense.
TEST(SparseScenarioTest, TwoOfFourMovesAndHoldsFewerWeightBytesInDecode) {
  const Finished dense = RunWith(kDecode, {});
  const Finished sparse = RunWith(kDecode, {"inference.sparsity='2:4'"});
  constexpr double kLayerBytes = 2 * 6'979'321'856.0;  // Of 32 layers in 16 bits.
  const double saved = (MemoryBytes(dense) - MemoryBytes(sparse)) / 401;
  EXPECT_NEAR(kLayerBytes / (kLayerBytes - saved), 1.78, 0.003);
  EXPECT_GT(dense.a_token() / sparse.a_token(), 1.4);
  EXPECT_LT(dense.a_token() / sparse.a_token(), 1.78);
  const auto weights = [](const Finished& run) {
    const auto held = run.result.job.memory.by_class[static_cast<size_t>(TensorClass::kWeights)];
    return static_cast<double>(held.count());
  };
  EXPECT_NEAR((weights(dense) - weights(sparse)) / saved, 1, 0.001);
}

TEST(SparseScenarioTest, AMaskSavesCacheReadsOfLongContexts) {
  const std::vector<std::string> deep = {"inference.prompt_tokens=100000"};
  const Finished all = RunWith(kDecode, deep);
  const Finished few = RunWith(kDecode, {deep[0], "inference.sparsity={mask: 0.25}"});
  EXPECT_GT(all.a_token() / few.a_token(), 1.2);
}

TEST(PowerCapTest, ACapSlowsComputationByTheClockThatItLeaves) {
  const Finished free = RunWith(kPrefill, {});
  const Finished capped = RunWith(kPrefill, {"power_cap=400 W"});
  // (400 - 70) of (700 - 70) W of dynamic power: 0.806 of the clock; part of a prefill waits for
  // memory and links, which keep theirs.
  EXPECT_GT(capped.seconds(), 1.1 * free.seconds());
  EXPECT_LT(capped.seconds(), free.seconds() / 0.806 * 1.001);
  EXPECT_LT(capped.joules(), 0.9 * free.joules());
  EXPECT_LT(EnergyOfRun(capped.scenario, capped.result)->mean_chip_power.value(), 400 * 1.05);
}

TEST(PowerCapTest, DecodeThatMemoryBindsHardlySlows) {
  const double free = RunWith(kDecode, {}).a_token();
  EXPECT_LT(RunWith(kDecode, {"power_cap=400 W"}).a_token(), 1.1 * free);
  EXPECT_EQ(RunWith(kDecode, {"power_cap=700 W"}).a_token(), free);
}

TEST(PowerCapTest, ACapThatLeavesNothingIsRefused) {
  EXPECT_THAT(FaultWith(kPrefill, {"power_cap=80 W"}),
              FailsContaining("power_cap: 80 W a chip; accepted: from 101.5 W"));
}

TEST(SpeculationTest, DecodeGainsWhatTheAcceptedLengthSays) {
  const double plain = RunWith(kDecode, {}).a_token();
  for (const int tokens : {1, 2, 4}) {
    const Speculation law = {.accept = 0.8, .drafted = tokens, .draft_cost = 0.05};
    const std::string choice = "inference.speculation={tokens: " + std::to_string(tokens) +
                               ", acceptance: 0.8, draft_cost: 0.05}";
    const double gain = plain / RunWith(kDecode, {choice}).a_token();
    // Verifications are whole (up to 1 in 119 too many) and take a little longer than a step.
    EXPECT_LT(gain, SpeculativeSpeedup(law) * 1.001) << tokens;
    EXPECT_GT(gain, SpeculativeSpeedup(law) * 0.95) << tokens;
  }
}

TEST(SpeculationTest, BadDraftsCostMoreThanTheyGain) {
  const double plain = RunWith(kDecode, {}).a_token();
  const Finished bad =
      RunWith(kDecode, {"inference.speculation={tokens: 8, acceptance: 0.1, draft_cost: 0.2}"});
  EXPECT_GT(bad.a_token(), 2 * plain);
}

// Draft steps of a model of a billion parameters, verifications of eight.
TEST(SpeculationTest, ADraftModelTakesItsTimeAndItsMemory) {
  const Finished plain = RunWith(kDecode, {});
  const Finished alone = RunWith(kDecode, {"model=llama3p2_1b"});
  const Finished both =
      RunWith(kDecode, {"inference.speculation={tokens: 4, acceptance: 0.8, draft: llama3p2_1b}"});
  const Speculation law = {
      .accept = 0.8, .drafted = 4, .draft_cost = alone.a_token() / plain.a_token()};
  const double gain = plain.a_token() / both.a_token();
  EXPECT_LT(gain, SpeculativeSpeedup(law) * 1.01);
  EXPECT_GT(gain, SpeculativeSpeedup(law) * 0.94);
  const auto weights = [](const Finished& run) {
    return run.result.job.memory.by_class[static_cast<size_t>(TensorClass::kWeights)];
  };
  EXPECT_EQ(weights(both), weights(plain) + weights(alone));
}

TEST(SpeculationTest, ADraftReadsThePromptBeforeTheModelDoes) {
  const std::string text = R"(
system: dgx_h100
chips: 1
model: llama3p1_8b
inference: {batch: 1, prompt_tokens: 4096, output_tokens: 9}
)";
  const auto first_token = [&text](const std::vector<std::string>& overrides) {
    return ToSeconds(RunWith(text, overrides).result.headline.time_to_first_token.value());
  };
  const double both =
      first_token({"inference.speculation={tokens: 4, acceptance: 0.8, draft: llama3p2_1b}"});
  EXPECT_NEAR(both, first_token({}) + first_token({"model=llama3p2_1b"}), 1e-9);
}

TEST(SpeculationTest, ADraftGoesThroughThePipelineToo) {
  const std::string pipelined = R"(
system: dgx_h100
chips: 4
model: llama3p1_8b
inference: {batch: 4, prompt_tokens: 128, output_tokens: 65}
plan: {tensor: 2, pipeline: 2}
)";
  const double plain = RunWith(pipelined, {}).a_token();
  const Finished both = RunWith(
      pipelined, {"inference.speculation={tokens: 3, acceptance: 0.9, draft: llama3p2_1b}"});
  EXPECT_LT(both.a_token(), plain);
}

TEST(EarlyExitTest, OneSequenceRunsItsMeanLayers) {
  const double plain = RunWith(kDecode, {}).a_token();
  const Finished half =
      RunWith(kDecode, {"inference.early_exit=[{after_layer: 16, probability: 1}]"});
  const Finished some =
      RunWith(kDecode, {"inference.early_exit=[{after_layer: 16, probability: 0.5}]"});
  // Half of the layers; the output layer (7 % of the bytes) stays.
  EXPECT_NEAR(half.a_token() / plain, 0.5 + 0.5 * 0.07, 0.03);
  EXPECT_NEAR(some.a_token(), (plain + half.a_token()) / 2, 0.005 * plain);
}

TEST(EarlyExitTest, ABatchWaitsForItsLastSequence) {
  const std::string exit = "inference.early_exit=[{after_layer: 16, probability: 0.5}]";
  const auto share = [&](const char* batch) {
    const double plain = RunWith(kDecode, {batch}).a_token();
    return RunWith(kDecode, {batch, exit}).a_token() / plain;
  };
  EXPECT_LT(share("inference.batch=1"), 0.85);
  EXPECT_GT(share("inference.batch=16"), 0.999);
}

}  // namespace
}  // namespace tessera
