#include "study/published_job.h"

#include <gtest/gtest.h>

#include "study/measured_machine_system.h"
#include "tests/status_matchers.h"
#include "tests/study/case_text.h"

namespace tessera {
namespace {

constexpr char kTwoNodes[] =
    "{chip: nvidia_h100_sxm_80gb, chips: 16, ranks_per_chip: 1, chips_per_node: 8, topology: "
    "nvswitch, shape: null, scale_up_gbytes_per_s_per_direction: null, scale_out: {link: "
    "infiniband_ndr, gbits_per_s_per_nic: 400, nics_per_node: 8}}";
constexpr char kOneNode[] =
    "{chip: nvidia_a100_sxm_40gb, chips: 4, ranks_per_chip: 1, chips_per_node: 4, topology: "
    "full_mesh, shape: null, scale_up_gbytes_per_s_per_direction: 300, scale_out: null}";
constexpr char kStepTime[] = "{quantity: step_time, value: 1, unit: s}";
constexpr char kLatency[] = "{quantity: end_to_end_latency, value: 1, unit: s}";

absl::StatusOr<PublishedJob> Job(absl::string_view machine, absl::string_view task,
                                 absl::string_view measured) {
  return JobOfCase(CaseFromText(machine, task, measured), Catalog("configs"));
}

TEST(MeasuredMachineTest, BecomesASystemWithItsNetworks) {
  const MeasurementCase c = CaseFromText(
      kTwoNodes,
      "{kind: collective, operation: all_reduce, ranks: 16, ranks_per_node: 8, message_bytes: 8}",
      "{quantity: time, value: 1, unit: s}");
  const auto machine = SystemOfMachine(c.machine, Catalog("configs"));
  ASSERT_THAT(machine, IsOk());
  EXPECT_EQ(machine->nodes, 2);
  EXPECT_EQ(machine->chips, 16);
  const SystemSpec& system = machine->system;
  EXPECT_EQ(system.chip.name, "nvidia_h100_sxm_80gb");
  EXPECT_EQ(system.scale_up, ScaleUpTopology::kSwitch);
  EXPECT_TRUE(system.in_network_reduction) << "NVLink 4 switches reduce, as dgx_h100 says";
  ASSERT_TRUE(system.scale_up_link.has_value());
  EXPECT_EQ(system.scale_up_link->name, "nvlink4");
  ASSERT_TRUE(system.scale_out.has_value());
  EXPECT_EQ(system.scale_out->nic_bandwidth, Bandwidth::GigabitsPerSecond(400));
  EXPECT_EQ(system.scale_out->nics_per_node, 8);
}

TEST(MeasuredMachineTest, ATorusWithoutAPublishedShapeIsCompactAndOfWholeCubes) {
  const auto shape = [](int chips) {
    const MeasurementCase c =
        CaseFromText(absl::StrCat("{chip: google_tpu_v4, chips: ", chips,
                                  ", ranks_per_chip: 1, chips_per_node: ", chips,
                                  ", topology: torus3d, shape: null, ",
                                  "scale_up_gbytes_per_s_per_direction: null, scale_out: null}"),
                     absl::StrCat("{kind: collective, operation: all_reduce, ranks: ", chips,
                                  ", ranks_per_node: ", chips, ", message_bytes: 8}"),
                     "{quantity: time, value: 1, unit: s}");
    const auto machine = SystemOfMachine(c.machine, Catalog("configs"));
    EXPECT_THAT(machine, IsOk());
    return machine->system.shape;
  };
  EXPECT_EQ(shape(192), (std::vector<int>{4, 4, 12})) << "not 4 x 6 x 8";
  EXPECT_EQ(shape(768), (std::vector<int>{8, 8, 12}));
  EXPECT_EQ(shape(16), (std::vector<int>{2, 2, 4})) << "too few for a cube";
}

TEST(PublishedJobTest, PublishedDegreesAreTaken) {
  const auto job = Job(kTwoNodes,
                       "{kind: training_step, model: gpt3_175b, precision: fp8, seq_len: 2048, "
                       "global_batch: 64, tp: 4, pp: 2, dp: 2, vpp: 3, micro_batch: 2, recompute: "
                       "full, zero: 1, sp: false, framework: megatron}",
                       kStepTime);
  ASSERT_THAT(job, IsOk());
  const PlanSpec& plan = job->scenario.plan;
  EXPECT_EQ(plan.tensor, 4);
  EXPECT_EQ(plan.pipeline, 2);
  EXPECT_EQ(plan.data, 0) << "what the others leave: 2";
  EXPECT_EQ(plan.virtual_stages, 3);
  EXPECT_EQ(plan.schedule, PipelineSchedule::kInterleaved);
  EXPECT_EQ(plan.micro_batch, 2);
  EXPECT_EQ(plan.recompute, Recompute::kFull);
  EXPECT_EQ(plan.zero_stage, 1);
  EXPECT_FALSE(plan.sequence_parallel);
  const auto& training = std::get<TrainingJob>(job->scenario.job);
  EXPECT_EQ(training.precision.compute, Precision::kFp8);
  EXPECT_EQ(training.precision.weights, Precision::kBf16);
  EXPECT_EQ(job->scenario.software.framework, "megatron");
}

TEST(PublishedJobTest, WhatIsLeftOpenFollowsTheRules) {
  const auto job = Job(kTwoNodes,
                       "{kind: training_step, model: llama2_7b, precision: bf16, seq_len: 4096, "
                       "global_batch: 64}",
                       kStepTime);
  ASSERT_THAT(job, IsOk());
  const PlanSpec& plan = job->scenario.plan;
  EXPECT_EQ(plan.tensor, 8) << "the scale-up domain";
  EXPECT_EQ(plan.pipeline, 1);
  EXPECT_EQ(plan.virtual_stages, 1);
  EXPECT_GE(plan.micro_batch, 1);
  EXPECT_TRUE(plan.sequence_parallel);
  EXPECT_EQ(plan.recompute, Recompute::kNone) << "fits without, and is faster";
  EXPECT_EQ(job->note, absl::StrCat("micro_batch ", plan.micro_batch, ", recompute none, zero ",
                                    plan.zero_stage));
}

TEST(PublishedJobTest, MemoryIsSavedUntilTheModelFits) {
  const auto job = Job(kTwoNodes,
                       "{kind: training_step, model: llama3p1_70b, precision: bf16, seq_len: 8192, "
                       "global_batch: 64, tp: 8, pp: 1, dp: 2}",
                       kStepTime);
  ASSERT_THAT(job, IsOk());
  EXPECT_GT(job->scenario.plan.zero_stage, 0);
}

TEST(PublishedJobTest, AnInterleavedScheduleIsKeptAndItsChunksAreChosen) {
  const auto job = Job(kTwoNodes,
                       "{kind: training_step, model: llama2_7b, precision: bf16, seq_len: 4096, "
                       "global_batch: 64, tp: 4, pp: 4, dp: 1, schedule: interleaved_1f1b, "
                       "framework: megatron}",
                       kStepTime);
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->scenario.plan.schedule, PipelineSchedule::kInterleaved);
  EXPECT_EQ(8 % job->scenario.plan.virtual_stages, 0) << "8 layers a stage";
}

TEST(PublishedJobTest, AFixedBatchIsAnInferenceJob) {
  const auto job = Job(kOneNode,
                       "{kind: inference_batch, model: mixtral_8x7b, precision: fp16, batch: 2, "
                       "input_len: 128, output_len: 64, tp: 4, pp: 1, dp: 1, ep: 4, kv_precision: "
                       "fp8, engine: tensorrt_llm}",
                       kLatency);
  ASSERT_THAT(job, IsOk());
  const auto& inference = std::get<InferenceJob>(job->scenario.job);
  EXPECT_EQ(inference.batch, 2);
  EXPECT_EQ(inference.prompt_tokens, 128);
  EXPECT_EQ(inference.output_tokens, 64);
  EXPECT_EQ(inference.precision.kv, Precision::kFp8);
  EXPECT_EQ(inference.precision.weights, Precision::kFp16);
  EXPECT_EQ(job->scenario.plan.expert, 4);
  EXPECT_EQ(job->scenario.system.scale_up, ScaleUpTopology::kFullMesh);
  EXPECT_EQ(job->scenario.system.scale_up_bandwidth, Bandwidth::GigabytesPerSecond(300));
}

TEST(PublishedJobTest, AttentionReplicasTakeTheRanksFromTensorParallelism) {
  const auto job = Job(kTwoNodes,
                       "{kind: decode_step, model: deepseek_v3_r1_671b, precision: fp8, batch: "
                       "2048, context_len: 4096, ep: 16, attention_dp: 16, two_batch_overlap: "
                       "true, expert_load: balanced}",
                       "{quantity: tpot, value: 1, unit: s}");
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->scenario.plan.tensor, 1);
  EXPECT_EQ(job->scenario.plan.attention_data, 16);
  EXPECT_TRUE(job->scenario.plan.overlap_expert);
  EXPECT_EQ(job->scenario.moe_routing.kind, MoeRoutingSpec::Kind::kBalanced);
  const auto& inference = std::get<InferenceJob>(job->scenario.job);
  EXPECT_TRUE(inference.decode_only);
  EXPECT_EQ(inference.output_tokens, 1);
  EXPECT_EQ(inference.precision.activations, Precision::kBf16);
}

TEST(PublishedJobTest, SpeculativeDecodingIsUnsupported) {
  const auto job = Job(kOneNode,
                       "{kind: inference_batch, model: llama2_7b, precision: fp16, batch: 2, "
                       "input_len: 128, output_len: 64, speculative: draft}",
                       kLatency);
  EXPECT_THAT(job, FailsWith("speculative decoding: the case states neither drafted tokens nor "
                             "their acceptance"));
  EXPECT_TRUE(absl::IsUnimplemented(job.status()));
}

}  // namespace
}  // namespace tessera
