// Scenarios: references, overrides, bases, defaults.
#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr char kInference[] = R"(
system: dgx_h100
nodes: 2
model: llama3p1_70b
inference:
  batch: 32
  prompt_tokens: 2048
  output_tokens: 256
  precision: {weights: fp8, kv: fp8, compute: fp8}
plan: {tensor: 8, pipeline: 2}
moe_routing: balanced
fabric: fluid
software: {framework: vllm, host_per_step: 1.5 ms}
)";

absl::StatusOr<ScenarioSpec> Parse(const std::string& text,
                                   const std::vector<std::string>& overrides = {}) {
  return Catalog("configs").ParseScenario(text, "tests/s.yaml", overrides);
}

TEST(ScenarioTest, ArrivesAsWritten) {
  const auto scenario = Parse(kInference);
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->name, "s");
  EXPECT_EQ(scenario->nodes, 2);
  EXPECT_EQ(scenario->model.name, "llama3p1_70b");
  const auto& job = std::get<InferenceJob>(scenario->job);
  EXPECT_EQ(job.batch, 32);
  EXPECT_EQ(job.precision.weights, Precision::kFp8);
  EXPECT_EQ(job.precision.activations, Precision::kBf16);
  EXPECT_EQ(scenario->plan.tensor, 8);
  EXPECT_EQ(scenario->plan.data, 0);
  EXPECT_EQ(scenario->software.host_per_step, Duration(1'500'000'000));
  EXPECT_TRUE(scenario->software.graphs);
}

TEST(ScenarioTest, ExchangeKernelsAreThoseNamedOrThoseOfTheFramework) {
  const auto kernels = [](const std::vector<std::string>& overrides) {
    const auto scenario = Parse(kInference, overrides);
    EXPECT_THAT(scenario, IsOk());
    return scenario->software.exchange.name;
  };
  const std::string sparse = "model=deepseek_v3_r1_671b";
  const std::string deepseek = "software.framework=deepseek";
  EXPECT_EQ(kernels({sparse, deepseek}), "deepep_v0");
  EXPECT_EQ(kernels({sparse, deepseek, "software.exchange=pplx"}), "pplx");
  EXPECT_EQ(kernels({sparse, deepseek, "system=mi300x_platform"}), "");
  EXPECT_EQ(kernels({sparse, "software.framework=sglang"}), "");
  EXPECT_EQ(kernels({deepseek}), "");
}

TEST(ScenarioTest, SingleConstantsOfExchangeKernelsMayChange) {
  const auto scenario = Parse(kInference, {"model=deepseek_v3_r1_671b", "software.exchange=pplx",
                                           "software.exchange.families[0].scale_out.copy=2 us"});
  ASSERT_THAT(scenario, IsOk());
  const ExchangeFamily* family = scenario->software.exchange.For(ExchangeMode::kHighThroughput);
  ASSERT_NE(family, nullptr);  // The only one there is.
  EXPECT_EQ(family->mode, ExchangeMode::kLowLatency);
  EXPECT_EQ(family->scale_out->copy, Duration(2'000'000));
  EXPECT_EQ(family->scale_out->dispatch_start, Duration(98'000'000));
}

TEST(ScenarioTest, UnknownExchangeKernelsAreAnsweredWithTheClosestName) {
  EXPECT_THAT(Parse(kInference, {"software.exchange=deepep_v9"}),
              FailsContaining("no \"deepep_v9\" in configs/exchange_kernels; did you mean "
                              "\"deepep_v0\"?"));
}

TEST(ScenarioTest, FabricArrivesAsWritten) {
  const auto analytic = Parse(kInference, {"fabric=analytic"});
  ASSERT_THAT(analytic, IsOk());
  EXPECT_EQ(analytic->fabric.scale_up, Fidelity::kAnalytic);
  EXPECT_EQ(analytic->fabric.scale_out, Fidelity::kAnalytic);
  EXPECT_EQ(analytic->fabric.routing, FabricRouting::kDestinationModulo);
  const auto packets =
      Parse(kInference, {"fabric={scale_out: packet, routing: ecmp, queue_pairs: 4, hash_seed: 9, "
                         "transport: dcqcn}"});
  ASSERT_THAT(packets, IsOk());
  EXPECT_EQ(packets->fabric, (FabricSpec{.scale_out = Fidelity::kPacket,
                                         .routing = FabricRouting::kEcmp,
                                         .queue_pairs = 4,
                                         .hash_seed = 9,
                                         .transport = FabricTransport::kDcqcn}));
  const auto inside = Parse(kInference, {"fabric={scale_up: packet, credit_buffer: 16 KiB}"});
  ASSERT_THAT(inside, IsOk());
  EXPECT_EQ(inside->fabric,
            (FabricSpec{.scale_up = Fidelity::kPacket, .credit_buffer = Bytes(16384)}));
  EXPECT_EQ(Parse(kInference)->fabric, FabricSpec{});
}

TEST(ScenarioTest, OptionsOfInferenceArriveAsWritten) {
  const auto scenario = Parse(
      kInference, {"power_cap=400 W", "inference.sparsity=\"2:4\"",
                   "inference.speculation={tokens: 4, acceptance: 0.75, draft: llama3p2_1b}"});
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->power_cap->value(), 400);
  const GenerationSpec& generation = scenario->generation;
  EXPECT_EQ(generation.sparsity.pattern, SparsitySpec::Pattern::kStructured);
  EXPECT_EQ(generation.sparsity.n, 2);
  EXPECT_EQ(generation.sparsity.m, 4);
  EXPECT_EQ(generation.speculation->tokens, 4);
  EXPECT_EQ(generation.speculation->acceptance, 0.75);
  EXPECT_EQ(generation.speculation->draft->name, "llama3p2_1b");
  const auto exits =
      Parse(kInference, {"inference.early_exit=[{after_layer: 40, probability: 0.3}, "
                         "{after_layer: 60, probability: 0.5}]"});
  ASSERT_THAT(exits, IsOk());
  EXPECT_EQ(exits->generation.early_exit[1].after_layer, 60);
}

TEST(ScenarioTest, OverridesChangeOneValueEach) {
  const auto scenario =
      Parse(kInference, {"plan.tensor=4", "model=llama3p1_8b", "system.chip.power.tdp=500 W",
                         "system.chip.memory[0].bandwidth=4 TB/s", "inference.batch=64"});
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->plan.tensor, 4);
  EXPECT_EQ(scenario->plan.pipeline, 2);
  EXPECT_EQ(scenario->model.layers, 32);
  EXPECT_EQ(scenario->system.chip.tdp->value(), 500);
  EXPECT_EQ(scenario->system.chip.memory[0].bandwidth, Bandwidth::GigabytesPerSecond(4000));
  EXPECT_EQ(scenario->system.chip.memory[0].capacity, Bytes::GiB(80));
  EXPECT_EQ(std::get<InferenceJob>(scenario->job).batch, 64);
}

TEST(ScenarioTest, APlanLeftToTheSimulatorHasNoTensorDegree) {
  const auto scenario = Parse(R"(
system: dgx_h100
model: llama3p1_8b
inference: {batch: 1, prompt_tokens: 8}
plan: auto
)");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->plan.tensor, 0);
}

TEST(ScenarioTest, ASearchListsValuesOfThePlan) {
  const auto search = Catalog("configs").ParseSearch(R"(
system: dgx_h100
model: llama3p1_8b
training: {sequence: 128, global_batch: 8}
search:
  tensor: [1, 2, 4]
  schedule: [1f1b, zb_h1]
  recompute: [none, full]
  overlap_data: [true, false]
)",
                                                     "test.yaml", {"search.pipeline=[2]"});
  ASSERT_THAT(search, IsOk());
  EXPECT_EQ(search->space.tensor, std::vector<int>({1, 2, 4}));
  EXPECT_EQ(search->space.pipeline, std::vector<int>({2}));
  EXPECT_EQ(search->space.schedule.size(), 2);
  EXPECT_EQ(search->space.schedule[1], PipelineSchedule::kZbH1);
  EXPECT_EQ(search->space.recompute[1], Recompute::kFull);
  EXPECT_EQ(search->space.overlap_data, std::vector<bool>({true, false}));
  EXPECT_TRUE(search->space.micro_batch.empty());
}

TEST(ScenarioTest, ABaseIsChangedInPlace) {
  const auto scenario = Parse(R"(
system:
  base: dgx_h100
  chips_per_node: 4
  chip: {sram: {total: 66 MiB}}
  scale_up: {topology: full_mesh, in_network_reduction: false}
model: {layers: 2, hidden: 64, heads: 4, ffn: 256, gated_ffn: true, vocab: 100, tied_embeddings: true}
training: {sequence: 128, global_batch: 8}
)");
  ASSERT_THAT(scenario, IsOk());
  EXPECT_EQ(scenario->system.chips_per_node, 4);
  EXPECT_EQ(scenario->system.chip.sram->total, Bytes::MiB(66));
  EXPECT_EQ(scenario->system.chip.core_count, 132);
  EXPECT_EQ(scenario->system.scale_up, ScaleUpTopology::kFullMesh);
  EXPECT_EQ(scenario->model.kv_heads, 4);
  EXPECT_EQ(scenario->model.head_dim, 16);
}

}  // namespace
}  // namespace tessera
