// Decode of software that streams weights under all-reduces, against what others measured on SN40L.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kSockets[] = R"(
system:
  base: sambanova_sn40l_16_rack
  scale_up: {bandwidth: 64 GB/s, link: {name: sambanova_peer, bandwidth: 64 GB/s, latency: 1 us}}
model: llama3p1_70b
inference: {batch: 1, prompt_tokens: 1024, output_tokens: 1024}
software: {framework: sambaflow}
)";

SimulationResult RunWith(std::vector<std::string> overrides, int sockets) {
  overrides.push_back(absl::StrCat("system.chips_per_node=", sockets));
  overrides.push_back(absl::StrCat("plan.tensor=", sockets));
  const auto scenario = Catalog("configs").ParseScenario(kSockets, "test.yaml", overrides);
  EXPECT_THAT(scenario, IsOk());
  auto result = Simulate(*scenario, {.traced_ranks = 0});
  EXPECT_THAT(result, IsOk());
  return *std::move(result);
}

struct Measured {
  const char* model;
  int tokens;  // Of the prompt, and of the answer.
  double seconds;
};

// One sequence over eight sockets. Source: argonne-lcf/LLM-Inference-Bench, Plots/Fig_18/
// SN40L_latency_throughput.csv (2 x tokens / throughput).
constexpr Measured kArgonne[] = {
    {"llama3p1_70b", 1024, 11.893}, {"llama3p1_70b", 2048, 23.856}, {"llama3p1_8b", 1024, 1.584},
    {"llama3p1_8b", 2048, 3.288},   {"mistral_7b", 1024, 1.486},    {"mistral_7b", 2048, 3.178},
};

TEST(FusedDecoderTest, EightSocketsTakeWhatArgonneMeasured) {
  for (const Measured& m : kArgonne) {
    const SimulationResult run = RunWith(
        {absl::StrCat("model=", m.model), absl::StrCat("inference.prompt_tokens=", m.tokens),
         absl::StrCat("inference.output_tokens=", m.tokens)},
        8);
    EXPECT_NEAR(ToSeconds(run.makespan) / m.seconds, 1, 0.15) << m.model << ", " << m.tokens;
  }
}

// SambaNova's service without speculation, 16 sockets: Llama 3.1 8B at 1,042 tokens/s (blog of
// 2024-09-10) and 3.2 1B at 2,382 (Artificial Analysis, quoted by adam.holter.com). A layer of the
// latter loads for less time than its all-reduces take.
TEST(FusedDecoderTest, SmallModelsShowTheirAllReduces) {
  const auto a_token = [](const char* model) {
    const SimulationResult run = RunWith({absl::StrCat("model=", model)}, 16);
    return ToSeconds(run.headline.time_per_output_token.value());
  };
  EXPECT_NEAR(a_token("llama3p1_8b") * 1042, 1, 0.2);
  EXPECT_NEAR(a_token("llama3p2_1b") * 2382, 1, 0.25);
}

TEST(FusedDecoderTest, StreamingHidesAllReducesButNotMemoryTime) {
  const SimulationResult streams = RunWith({}, 16);
  const SimulationResult waits = RunWith({"software.framework=''"}, 16);
  const auto a_token = [](const SimulationResult& run) {
    return ToSeconds(run.headline.time_per_output_token.value());
  };
  constexpr double kWeights = 139.0e9;  // Bytes a token, embedding apart.
  EXPECT_GT(a_token(streams), kWeights / (16 * 1.6e12));
  // 160 all-reduces of some 8 us.
  EXPECT_NEAR(a_token(waits) - a_token(streams), 160 * 8.5e-6, 0.25e-3);
}

}  // namespace
}  // namespace tessera
