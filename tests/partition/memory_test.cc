#include "partition/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

double Gib(Bytes bytes) { return static_cast<double>(bytes.count()) / (1 << 30); }

Bytes Of(const MemoryUse& use, TensorClass c) { return use.by_class[static_cast<size_t>(c)]; }

TEST(StateBytes, ZeroMemory) {
  // Known answer zero-memory: 7.5e9 parameters, 64 devices.
  const FrameworkFacts& facts = FrameworkFactsOf("deepspeed", 2020);
  EXPECT_EQ(7.5e9 * StateBytesPerParameter(facts, 0, 64).total(), 120e9);
  EXPECT_EQ(7.5e9 * StateBytesPerParameter(facts, 1, 64).total(), 31406250000.0);
  EXPECT_EQ(7.5e9 * StateBytesPerParameter(facts, 2, 64).total(), 16640625000.0);
  EXPECT_EQ(7.5e9 * StateBytesPerParameter(facts, 3, 64).total(), 1875000000.0);
}

TEST(StateBytes, MegatronKeepsFp32Gradients) {
  const FrameworkFacts& facts = FrameworkFactsOf("megatron", 2020);
  EXPECT_EQ(StateBytesPerParameter(facts, 0, 8).total(), 18);
  EXPECT_EQ(StateBytesPerParameter(facts, 1, 8).total(), 6 + 12.0 / 8);
}

TEST(KvCache, GroupedHeadsReplicatePastTheirNumber) {
  ModelSpec model = Gpt3();
  model.layers = 80;
  model.kv_heads = 8;
  PlanSpec plan{.tensor = 8};
  // Known answer kv-llama3-70b-8k: 327,680 B a token over all ranks.
  EXPECT_EQ(KvCacheBytes(model, plan, Precision::kBf16, 80, 8192), Bytes(2684354560 / 8));
  plan.tensor = 32;
  EXPECT_EQ(KvCacheBytes(model, plan, Precision::kBf16, 80, 8192), Bytes(2684354560 / 8));
}

TEST(KvCache, TheLatentIsWholeOnEveryTensorRank) {
  ModelSpec model = Gpt3();
  model.layers = 61;
  model.mla = MlaSpec{.kv_lora_rank = 512, .qk_rope_head_dim = 64};
  // Known answer kv-deepseek-v3-mla: 70,272 B a token.
  EXPECT_EQ(KvCacheBytes(model, {.tensor = 8}, Precision::kBf16, 61, 16), Bytes(16 * 70272));
}

TEST(KvCache, ContextRanksHoldShares) {
  ModelSpec model = Gpt3();
  const Bytes whole = KvCacheBytes(model, {}, Precision::kBf16, 96, 1024);
  EXPECT_EQ(KvCacheBytes(model, {.context = 4}, Precision::kBf16, 96, 1024) * 4, whole);
}

// 1F1B stage 0 holds p micro-batches of L/p layers: all layers of one micro-batch; interleaving
// adds (p-1)/(pv). Korthikanti 2022: 34 s b h / t with sequence parallelism and selective
// recomputation.
TEST(TrainingMemory, ActivationsFollowScheduleAndRecomputation) {
  ScenarioSpec scenario = Gpt3Training(
      {.tensor = 8, .pipeline = 8, .sequence_parallel = true, .recompute = Recompute::kSelective},
      64, 64);
  scenario.system.chip.year = 2020;
  scenario.software.framework = "megatron";
  const double layer = 34.0 * 2048 * 12288 / 8;
  const auto activations = [&](const PlanSpec& plan) {
    scenario.plan = plan;
    const auto completed = CompletePlan(scenario);
    EXPECT_THAT(completed, IsOk());
    return static_cast<double>(
        Of(MemoryOfStage(scenario, *completed, 0), TensorClass::kActivations).count());
  };
  PlanSpec plan = scenario.plan;
  EXPECT_NEAR(activations(plan) / (96 * layer), 1, 0.05);
  plan.virtual_stages = 3;
  EXPECT_NEAR(activations(plan) / (96 * layer * (1 + 7.0 / 24)), 1, 0.05);
  plan.virtual_stages = 1;
  plan.schedule = PipelineSchedule::kGpipe;
  EXPECT_NEAR(activations(plan) / (64 * 12 * layer), 1, 0.05);
}

// Known answer act-gpt3-korthikanti over the layers that stage 0 holds.
TEST(TrainingMemory, ActivationsOfALayerAreThePublishedOnes) {
  ScenarioSpec scenario = Gpt3Training({.tensor = 8, .pipeline = 8}, 64, 64);
  scenario.system.chip.year = 2020;
  scenario.software.framework = "megatron";
  struct Case {
    bool sequence_parallel;
    Recompute recompute;
    double layer;
  };
  const Case cases[] = {{false, Recompute::kNone, 578813952},
                        {true, Recompute::kNone, 358612992},
                        {true, Recompute::kSelective, 106954752},
                        {false, Recompute::kFull, 50331648}};
  for (const Case& c : cases) {
    scenario.plan.sequence_parallel = c.sequence_parallel;
    scenario.plan.recompute = c.recompute;
    const auto use = MemoryOf(scenario, scenario.plan);
    ASSERT_THAT(use, IsOk());
    // All 96 layers of one micro-batch; with full recomputation one layer is held whole besides.
    const double whole = c.recompute == Recompute::kFull ? 578813952 : 0;
    const auto held = static_cast<double>(Of(*use, TensorClass::kActivations).count());
    EXPECT_NEAR(held / (96 * c.layer + whole), 1, 0.05);
  }
}

TEST(HeldAtPeak, TheFirstMicroBatchesTellOfAll) {
  using enum PipelineSchedule;
  const ModelSpec model = Gpt3();
  for (const PipelineSchedule schedule : {kOneForwardOneBackward, kZbH1, kZbH2, kZbV, kDualPipe}) {
    for (const int p : {2, 4, 8}) {
      const PlanSpec plan{.pipeline = p, .data = 1, .micro_batch = 1, .schedule = schedule};
      const ModelPartition partition(model, plan);
      EXPECT_EQ(HeldAtPeak(model, plan, partition, 4 * p),
                HeldAtPeak(model, plan, partition, 100 * p));
    }
  }
  PlanSpec plan{.pipeline = 4, .virtual_stages = 3, .schedule = kInterleaved};
  const ModelPartition partition(model, plan);
  EXPECT_EQ(HeldAtPeak(model, plan, partition, 16), HeldAtPeak(model, plan, partition, 400));
  // p v + p - 1 passes of 8 layers each.
  EXPECT_EQ(HeldAtPeak(model, plan, partition, 400)[0][0], (HeldLayers{(4 * 3 + 3) * 8, 0}));
}

TEST(PlanMemory, TheFullestStageIsFoundAmongTheCandidates) {
  ScenarioSpec scenario = Gpt3Training({}, 64, 64);
  scenario.model.layers = 94;  // Uneven chunks.
  PlanMemory memory(scenario);
  for (const int pipeline : {1, 2, 4, 8}) {
    for (const int chunks : {1, 2, 3}) {
      if (pipeline == 1 && chunks > 1) continue;
      scenario.plan = {.tensor = 8, .pipeline = pipeline, .virtual_stages = chunks};
      const auto plan = CompletePlan(scenario);
      ASSERT_THAT(plan, IsOk());
      Bytes most;
      for (int stage = 0; stage < pipeline; ++stage) {
        most = std::max(most, memory.OfStage(*plan, stage).total);
      }
      EXPECT_EQ(memory.Fullest(*plan).total, most);
    }
  }
}

TEST(CheckFit, NamesTheClassAndWhatWouldFit) {
  const ScenarioSpec scenario = Gpt3Training({.tensor = 8, .pipeline = 2}, 64, 64);
  const auto plan = CompletePlan(scenario);
  ASSERT_THAT(plan, IsOk());
  const auto use = MemoryOf(scenario, *plan);
  ASSERT_THAT(use, IsOk());
  EXPECT_GT(Gib(use->total), 80);
  const absl::Status fit = CheckFit(scenario, *plan);
  EXPECT_THAT(fit, FailsContaining("memory: optimizer do not fit on rank 0: "));
  EXPECT_THAT(fit, FailsContaining("\n  weights "));
  EXPECT_THAT(fit, FailsContaining("\nwould fit with\n  "));
}

TEST(CheckFit, WhatFitsPasses) {
  const ScenarioSpec scenario =
      Gpt3Training({.tensor = 8, .pipeline = 8, .recompute = Recompute::kFull}, 64, 64);
  const auto plan = CompletePlan(scenario);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(CheckFit(scenario, *plan), IsOk());
}

}  // namespace
}  // namespace tessera
