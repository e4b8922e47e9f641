#include "partition/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/set_job.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

ModelSpec DenseModel() {
  ModelSpec model;
  model.name = "dense";
  model.layers = 96;
  model.hidden = 12288;
  model.heads = 96;
  model.kv_heads = 96;
  model.head_dim = 128;
  model.ffn = 49152;
  model.vocab = 51200;
  return model;
}

ModelSpec SparseModel() {
  ModelSpec model = DenseModel();
  model.name = "sparse";
  model.layers = 61;
  model.heads = 128;
  model.kv_heads = 128;
  model.moe = MoeSpec{.experts = 256, .experts_per_token = 8, .expert_ffn = 2048, .moe_layers = 58};
  return model;
}

ScenarioSpec Training(PlanSpec plan, int chips, int64_t global_batch) {
  ScenarioSpec scenario;
  scenario.chips = chips;
  scenario.model = DenseModel();
  scenario.plan = plan;
  const TrainingJob job{.sequence = 2048, .global_batch = global_batch, .precision = {}};
  SetJob(job, scenario);
  return scenario;
}

TEST(CompletePlan, DataIsWhatTheRanksLeave) {
  const auto plan = CompletePlan({.tensor = 8, .pipeline = 2}, DenseModel(), 64);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->data, 4);
  EXPECT_EQ(plan->zero_group, 4);
  EXPECT_EQ(plan->expert_tensor, 8);
}

TEST(CompletePlan, AttentionReplicasCountAsData) {
  const auto plan = CompletePlan({.data = 1, .expert = 8, .attention_data = 8}, SparseModel(), 8);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->data, 8);
  EXPECT_EQ(plan->expert_tensor, 1);
}

TEST(CompletePlan, ExpertsInsideATensorGroupSplitWhatItLeaves) {
  const auto plan = CompletePlan({.tensor = 8, .expert = 2}, SparseModel(), 8);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->expert_tensor, 4);
}

TEST(CompletePlan, VirtualStagesMeanInterleaving) {
  const auto plan = CompletePlan({.pipeline = 8, .virtual_stages = 3}, DenseModel(), 8);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->schedule, PipelineSchedule::kInterleaved);
}

struct IllegalPlan {
  PlanSpec plan;
  int ranks;
  bool sparse;
  const char* message;
};

class IllegalPlanTest : public testing::TestWithParam<IllegalPlan> {};

TEST_P(IllegalPlanTest, TheErrorNamesTheRule) {
  const IllegalPlan& illegal = GetParam();
  const ModelSpec model = illegal.sparse ? SparseModel() : DenseModel();
  EXPECT_THAT(CompletePlan(illegal.plan, model, illegal.ranks), FailsWith(illegal.message));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, IllegalPlanTest,
    testing::Values(
        IllegalPlan{{.tensor = 0}, 8, false, "plan: tensor is 0; accepted: 1 or more"},
        IllegalPlan{{.zero_stage = 4}, 8, false, "plan: zero_stage is 4; accepted: 0, 1, 2, 3"},
        IllegalPlan{{.tensor = 3},
                    8,
                    false,
                    "plan: tensor 3 x context 1 x pipeline 1 = 3 does not divide the 8 ranks; "
                    "accepted: a product that does"},
        IllegalPlan{{.tensor = 2, .data = 2},
                    8,
                    false,
                    "plan: tensor 2 x context 1 x data 2 x pipeline 1 = 4 is not the 8 ranks; "
                    "accepted: data 4 (or leave it out)"},
        IllegalPlan{{.tensor = 64},
                    64,
                    false,
                    "plan: tensor 64 does not divide the 96 attention heads; accepted: 1, 2, 3, 4, "
                    "6, 8, 12, 16, 24, 32, 48, 96"},
        IllegalPlan{{.sequence_parallel = true},
                    8,
                    false,
                    "plan: sequence_parallel splits the sequence over the tensor group, and tensor "
                    "is 1; accepted: tensor 2 or more, or sequence_parallel off"},
        IllegalPlan{{.pipeline = 128},
                    128,
                    false,
                    "plan: pipeline 128 x 1 chunks = 128 is more than the 96 layers; every chunk "
                    "needs one"},
        IllegalPlan{{.pipeline = 4, .virtual_stages = 2, .schedule = PipelineSchedule::kZbH1},
                    4,
                    false,
                    "plan: virtual_stages 2 needs schedule interleaved; the others place their "
                    "chunks themselves"},
        IllegalPlan{
            {.virtual_stages = 2}, 4, false, "plan: virtual_stages 2 needs pipeline 2 or more"},
        IllegalPlan{{.pipeline = 3, .schedule = PipelineSchedule::kDualPipe},
                    3,
                    false,
                    "plan: schedule dualpipe feeds micro-batches from both ends and needs an even "
                    "pipeline; found 3"},
        IllegalPlan{
            {.expert = 4}, 8, false, "plan: expert 4: model dense has no experts; accepted: 1"},
        IllegalPlan{{.expert = 3},
                    9,
                    true,
                    "plan: expert 3 does not divide the 256 experts; accepted: 1, 2, 4, 8, 16, 32, "
                    "64, 128, 256"},
        IllegalPlan{{.expert = 16},
                    8,
                    true,
                    "plan: expert 16 x expert_tensor 1 = 16 does not divide the 8 ranks of a "
                    "pipeline stage"},
        IllegalPlan{
            {.zero_group = 3},
            8,
            false,
            "plan: zero_group 3 does not divide data x context = 8; accepted: 1, 2, 4, 8"}));

TEST(CompletePlan, KeyValueHeadsMustSplitOrReplicateEvenly) {
  ModelSpec model = DenseModel();
  model.kv_heads = 8;
  EXPECT_THAT(CompletePlan({.tensor = 16}, model, 16), IsOk());
  EXPECT_THAT(CompletePlan({.tensor = 12}, model, 12),
              FailsWith("plan: tensor 12 neither divides the 8 key/value heads nor is a multiple "
                        "of them (replication)"));
}

TEST(CompletePlan, TrainingDefaultsToMicroBatchesOfOneSequence) {
  const ScenarioSpec scenario = Training({.tensor = 8, .pipeline = 8}, 64, 64);
  const auto plan = CompletePlan(scenario);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->micro_batch, 1);
  EXPECT_EQ(MicrobatchCount(scenario, *plan), 64);
}

TEST(CompletePlan, TheBatchMustDivideOverReplicas) {
  EXPECT_THAT(CompletePlan(Training({.tensor = 8, .micro_batch = 4}, 64, 36)),
              FailsWith("plan: global_batch 36 does not divide over data 8 x micro_batch 4"));
}

TEST(CompletePlan, InterleavingNeedsRoundsOfMicrobatches) {
  EXPECT_THAT(CompletePlan(Training({.tensor = 8, .pipeline = 8, .virtual_stages = 2}, 64, 12)),
              FailsWith("plan: schedule interleaved needs a multiple of pipeline 8 micro-batches; "
                        "global_batch 12 leaves 12"));
}

TEST(CompletePlan, DualPipeNeedsTwiceTheStages) {
  EXPECT_THAT(
      CompletePlan(Training({.pipeline = 8, .schedule = PipelineSchedule::kDualPipe}, 8, 12)),
      FailsWith("plan: schedule dualpipe needs an even number of micro-batches, at least 2 "
                "x pipeline 8; global_batch 12 leaves 12"));
}

TEST(CompletePlan, ContextParallelismCutsZigZagPieces) {
  ScenarioSpec scenario = Training({.context = 3}, 3, 3);
  EXPECT_THAT(CompletePlan(scenario), FailsWith("plan: sequence 2048 does not divide into 2 x "
                                                "context = 6 zig-zag pieces"));
}

TEST(CompletePlan, UlyssesSplitsHeads) {
  ScenarioSpec scenario =
      Training({.tensor = 4, .context = 4, .context_exchange = ContextExchange::kUlysses}, 16, 16);
  scenario.model.heads = 32;
  scenario.model.kv_heads = 8;
  EXPECT_THAT(CompletePlan(scenario),
              FailsWith("plan: context_exchange ulysses: context 4 does not divide the 2 key/value "
                        "heads of a tensor rank; accepted: 1, 2"));
  scenario.model.kv_heads = 16;
  EXPECT_THAT(CompletePlan(scenario), IsOk());
  scenario.model.mla = MlaSpec{.kv_lora_rank = 512, .qk_rope_head_dim = 64};
  EXPECT_THAT(CompletePlan(scenario), FailsContaining("accepted: ring, all_gather"));
}

TEST(CompletePlan, OffloadNeedsALinkAndItsJob) {
  ScenarioSpec scenario = Training({.optimizer_offload = true}, 8, 8);
  scenario.system.chip.name = "lonely";
  EXPECT_THAT(CompletePlan(scenario),
              FailsWith("plan: optimizer_offload: chip lonely states no bandwidth to its host; "
                        "accepted: off"));
  scenario.system.chip.host_bandwidth = Bandwidth::GigabytesPerSecond(10);
  EXPECT_THAT(CompletePlan(scenario), IsOk());
  scenario.plan.kv_offload = true;
  EXPECT_THAT(CompletePlan(scenario), FailsWith("plan: kv_offload is of inference; accepted: off"));
  scenario.plan = {.context_exchange = ContextExchange::kAllGather};
  scenario.job =
      InferenceJob{.batch = 8, .prompt_tokens = 128, .output_tokens = 8, .precision = {}};
  EXPECT_THAT(CompletePlan(scenario), FailsContaining("context_exchange is of training"));
}

TEST(CompletePlan, InferenceKeepsOneMicrobatchPerStageInFlight) {
  ScenarioSpec scenario = Training({.tensor = 4, .pipeline = 4}, 16, 1);
  const InferenceJob job{.batch = 30, .prompt_tokens = 128, .output_tokens = 8, .precision = {}};
  SetJob(job, scenario);
  const auto plan = CompletePlan(scenario);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->micro_batch, 8);
  EXPECT_EQ(MicrobatchCount(scenario, *plan), 4);
}

TEST(LayersOfChunks, EvenWhereItDivides) {
  const auto plan = CompletePlan({.pipeline = 8, .virtual_stages = 3}, DenseModel(), 8);
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(LayersOfChunks(DenseModel(), *plan), std::vector<int>(24, 4));
}

TEST(LayersOfChunks, EmbeddingAndOutputCountAsLayersWhereThatMakesItEven) {
  ModelSpec model = DenseModel();
  model.layers = 126;
  const auto plan = CompletePlan({.pipeline = 4}, model, 4);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(LayersOfChunks(model, *plan), testing::ElementsAre(31, 32, 32, 31));
}

TEST(LayersOfChunks, TheRestGoesToTheMiddle) {
  ModelSpec model = DenseModel();
  model.layers = 61;
  const auto plan = CompletePlan({.pipeline = 4}, model, 4);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(LayersOfChunks(model, *plan), testing::ElementsAre(15, 16, 15, 15));
}

}  // namespace
}  // namespace tessera
