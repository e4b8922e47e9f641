// Folded and unfolded runs of the same job are equal.
#include "nodes/fold.h"

#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "nodes/simulation.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<SimulationResult> RunScenario(const std::string& text, Folding folding) {
  const Catalog catalog("configs");
  const auto scenario = catalog.ParseScenario(text, "test.yaml");
  if (!scenario.ok()) return scenario.status();
  return Simulate(*scenario, {.folding = folding, .fold_above_ranks = 0});
}

// A small model whose parameters and tokens divide over everything.
constexpr char kModel[] = R"(
model: {layers: 8, hidden: 2048, heads: 16, kv_heads: 16, head_dim: 128, ffn: 8192,
        gated_ffn: false, vocab: 32768, tied_embeddings: false}
)";

void ExpectEqual(const std::string& text, int folded) {
  const auto whole = RunScenario(text, Folding::kOff);
  const auto fold = RunScenario(text, Folding::kExact);
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(fold, IsOk());
  EXPECT_EQ(whole->folded, 1);
  EXPECT_EQ(fold->folded, folded);
  EXPECT_EQ(fold->makespan, whole->makespan);
  EXPECT_EQ(fold->headline.step_time, whole->headline.step_time);
  EXPECT_EQ(fold->headline.mfu, whole->headline.mfu);
  EXPECT_LT(fold->events, whole->events);
  EXPECT_EQ(fold->breakdown.idle, whole->breakdown.idle);
  ASSERT_EQ(fold->tiers.size(), whole->tiers.size());
  for (size_t i = 0; i < fold->tiers.size(); ++i) {
    EXPECT_EQ(fold->tiers[i].bytes, whole->tiers[i].bytes);
  }
}

TEST(Fold, ReplicasOfAPipelineShareOneRun) {
  ExpectEqual(std::string(kModel) + R"(
system: dgx_a100
nodes: 16
training: {sequence: 1024, global_batch: 64}
plan: {tensor: 8, pipeline: 2, zero_stage: 1, sequence_parallel: true, virtual_stages: 2}
)",
              4);
}

TEST(Fold, NodesThatHoldSeveralReplicasShareOneRun) {
  ExpectEqual(std::string(kModel) + R"(
system: dgx_h100
nodes: 8
training: {sequence: 1024, global_batch: 128}
plan: {tensor: 2, zero_stage: 3}
)",
              4);
}

TEST(Fold, ShardsInsideANodeStayWhole) {
  ExpectEqual(std::string(kModel) + R"(
system: dgx_h100
nodes: 8
training: {sequence: 1024, global_batch: 128}
plan: {tensor: 1, zero_stage: 3, zero_group: 8}
software: {framework: megatron}
)",
              4);
}

TEST(Fold, TrafficOfThePipelineAndOfTheReplicasMeetsAsItDoesUnfolded) {
  ExpectEqual(std::string(kModel) + R"(
system: dgx_h100
nodes: 16
training: {sequence: 4096, global_batch: 64}
plan: {tensor: 4, pipeline: 4, zero_stage: 2}
)",
              2);
}

// The plan of the shipped job of a million chips, at 1,024 of them.
TEST(Fold, TheDenseJobOf1024ChipsIsEqual) {
  ExpectEqual(R"(
system: {base: dgx_h100, scale_out: {nodes_per_leaf: 128}}
nodes: 128
model: llama3p1_405b
training: {sequence: 8192, global_batch: 128}
plan: {tensor: 8, pipeline: 16, sequence_parallel: true, zero_stage: 1, micro_batch: 1, recompute: selective}
software: {framework: megatron}
)",
              4);
}

TEST(Fold, AnAlgorithmThatDoesNotFoldRunsWhole) {
  const std::string text = std::string(kModel) + R"(
system: dgx_a100
nodes: 16
training: {sequence: 1024, global_batch: 128}
plan: {tensor: 8}
software: {framework: megatron}
)";
  const auto whole = RunScenario(text, Folding::kOff);
  const auto fold = RunScenario(text, Folding::kExact);
  ASSERT_THAT(whole, IsOk());
  ASSERT_THAT(fold, IsOk());
  EXPECT_EQ(fold->makespan, whole->makespan);
}

TEST(Fold, SmallJobsAndOddNumbersOfNodesRunWhole) {
  const auto odd = RunScenario(std::string(kModel) + R"(
system: dgx_a100
nodes: 3
training: {sequence: 1024, global_batch: 24}
plan: {tensor: 8, zero_stage: 1}
)",
                               Folding::kExact);
  ASSERT_THAT(odd, IsOk());
  EXPECT_EQ(odd->folded, 1);
}

TEST(Fold, ExpertGroupsWithKernelsOfTheirOwnStayWhole) {
  ExpectEqual(R"(
system: dgx_h100
nodes: 8
model: {layers: 4, hidden: 2048, heads: 16, kv_heads: 16, head_dim: 128, ffn: 8192,
        gated_ffn: false, vocab: 32768, tied_embeddings: false,
        moe: {experts: 16, experts_per_token: 2, expert_ffn: 2048, moe_layers: 4}}
training: {sequence: 1024, global_batch: 64}
plan: {expert: 16, zero_stage: 1}
software: {exchange: deepep_v1}
)",
              2);
}

}  // namespace
}  // namespace tessera
