#include "partition/plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "partition/plan_rules.h"

namespace tessera {
namespace {

absl::Status CheckDivides(absl::string_view degree_name, int degree, int n,
                          absl::string_view what) {
  if (n % degree == 0) return absl::OkStatus();
  return IllegalPlan(degree_name, " ", degree, " does not divide the ", n, " ", what,
                     "; accepted: ", DivisorsText(n));
}

absl::Status CheckDegreesPositive(const PlanSpec& plan) {
  const std::pair<const char*, int> degrees[] = {{"tensor", plan.tensor},
                                                 {"pipeline", plan.pipeline},
                                                 {"expert", plan.expert},
                                                 {"context", plan.context},
                                                 {"data", plan.data},
                                                 {"attention_data", plan.attention_data},
                                                 {"virtual_stages", plan.virtual_stages}};
  for (const auto& [name, value] : degrees) {
    if (value < 1) return IllegalPlan(name, " is ", value, "; accepted: 1 or more");
  }
  if (plan.zero_stage < 0 || plan.zero_stage > 3) {
    return IllegalPlan("zero_stage is ", plan.zero_stage, "; accepted: 0, 1, 2, 3");
  }
  return absl::OkStatus();
}

// Data is what the other degrees leave; attention replicas count as data ranks.
absl::Status FillData(PlanSpec& plan, int ranks) {
  const int without_data = plan.tensor * plan.context * plan.pipeline;
  if (without_data < 1 || ranks % without_data != 0) {
    return IllegalPlan("tensor ", plan.tensor, " x context ", plan.context, " x pipeline ",
                       plan.pipeline, " = ", without_data, " does not divide the ", ranks,
                       " ranks; accepted: a product that does");
  }
  const int rest = ranks / without_data;
  if (plan.data == 0 || plan.data * plan.attention_data == rest) plan.data = rest;
  if (plan.data == rest) return absl::OkStatus();
  return IllegalPlan("tensor ", plan.tensor, " x context ", plan.context, " x data ", plan.data,
                     " x pipeline ", plan.pipeline, " = ", without_data * plan.data, " is not the ",
                     ranks, " ranks; accepted: data ", rest, " (or leave it out)");
}

absl::Status CheckTensor(const PlanSpec& plan, const ModelSpec& model) {
  TESSERA_RETURN_IF_ERROR(CheckDivides("tensor", plan.tensor, model.heads, "attention heads"));
  if (!model.mla && plan.tensor % model.kv_heads != 0 && model.kv_heads % plan.tensor != 0) {
    return IllegalPlan("tensor ", plan.tensor, " neither divides the ", model.kv_heads,
                       " key/value heads nor is a multiple of them (replication)");
  }
  const bool has_dense_layers = !model.moe || model.moe->moe_layers < model.layers;
  if (has_dense_layers) {
    TESSERA_RETURN_IF_ERROR(CheckDivides("tensor", plan.tensor, model.ffn, "columns of the MLP"));
  }
  if (plan.sequence_parallel && plan.tensor == 1) {
    return IllegalPlan(
        "sequence_parallel splits the sequence over the tensor group, and tensor is 1; "
        "accepted: tensor 2 or more, or sequence_parallel off");
  }
  return absl::OkStatus();
}

// A pipeline order with a V shape or two directions holds two chunks on each rank by itself.
int ChunksPerRank(const PlanSpec& plan) {
  const bool two = plan.schedule == PipelineSchedule::kZbV;
  return two ? 2 : plan.virtual_stages;
}

absl::Status CheckPipeline(PlanSpec& plan, const ModelSpec& model) {
  if (plan.virtual_stages > 1 && plan.schedule == PipelineSchedule::kOneForwardOneBackward) {
    plan.schedule = PipelineSchedule::kInterleaved;
  }
  if (plan.virtual_stages > 1 && plan.schedule != PipelineSchedule::kInterleaved) {
    return IllegalPlan("virtual_stages ", plan.virtual_stages,
                       " needs schedule interleaved; the others place their chunks themselves");
  }
  if (plan.virtual_stages > 1 && plan.pipeline == 1) {
    return IllegalPlan("virtual_stages ", plan.virtual_stages, " needs pipeline 2 or more");
  }
  if (plan.schedule == PipelineSchedule::kDualPipe && plan.pipeline % 2 != 0) {
    return IllegalPlan(
        "schedule dualpipe feeds micro-batches from both ends and needs an even "
        "pipeline; found ",
        plan.pipeline);
  }
  const int chunks = plan.pipeline * ChunksPerRank(plan);
  // The embedding and the output layer can make up the first and the last chunk.
  if (chunks > model.layers && chunks != model.layers + 2) {
    return IllegalPlan("pipeline ", plan.pipeline, " x ", ChunksPerRank(plan), " chunks = ", chunks,
                       " is more than the ", model.layers, " layers; every chunk needs one");
  }
  return absl::OkStatus();
}

absl::Status CheckExperts(PlanSpec& plan, const ModelSpec& model, int ranks) {
  const int stage_ranks = ranks / plan.pipeline;
  if (!model.moe) {
    if (plan.expert != 1) {
      return IllegalPlan("expert ", plan.expert, ": model ", model.name,
                         " has no experts; accepted: 1");
    }
    plan.expert_tensor = plan.tensor;
    return absl::OkStatus();
  }
  TESSERA_RETURN_IF_ERROR(CheckDivides("expert", plan.expert, model.moe->experts, "experts"));
  if (plan.expert_tensor == 0) {
    plan.expert_tensor = plan.tensor % plan.expert == 0 ? plan.tensor / plan.expert : 1;
  }
  const int block = plan.expert * plan.expert_tensor;
  if (stage_ranks % block != 0) {
    return IllegalPlan("expert ", plan.expert, " x expert_tensor ", plan.expert_tensor, " = ",
                       block, " does not divide the ", stage_ranks, " ranks of a pipeline stage");
  }
  return CheckDivides("expert_tensor", plan.expert_tensor, model.moe->expert_ffn,
                      "columns of an expert");
}

absl::Status CheckZero(PlanSpec& plan) {
  const int replicas = plan.data * plan.context;
  if (plan.zero_group == 0) plan.zero_group = replicas;
  if (plan.zero_group < 1 || replicas % plan.zero_group != 0) {
    return IllegalPlan("zero_group ", plan.zero_group,
                       " does not divide data x context = ", replicas,
                       "; accepted: ", DivisorsText(replicas));
  }
  if (plan.data % plan.attention_data != 0) {
    return IllegalPlan("attention_data ", plan.attention_data, " does not divide data ", plan.data);
  }
  return absl::OkStatus();
}

absl::Status CompleteTraining(PlanSpec& plan, const ModelSpec& model, const TrainingJob& job) {
  if (plan.micro_batch == 0) plan.micro_batch = 1;
  const int64_t per_round = int64_t{plan.data} * plan.micro_batch;
  if (plan.micro_batch < 1 || job.global_batch % per_round != 0) {
    return IllegalPlan("global_batch ", job.global_batch, " does not divide over data ", plan.data,
                       " x micro_batch ", plan.micro_batch);
  }
  const int64_t microbatches = job.global_batch / per_round;
  if (plan.schedule == PipelineSchedule::kInterleaved && microbatches % plan.pipeline != 0) {
    return IllegalPlan("schedule interleaved needs a multiple of pipeline ", plan.pipeline,
                       " micro-batches; global_batch ", job.global_batch, " leaves ", microbatches);
  }
  if (plan.schedule == PipelineSchedule::kDualPipe &&
      (microbatches % 2 != 0 || microbatches < 2 * plan.pipeline)) {
    return IllegalPlan(
        "schedule dualpipe needs an even number of micro-batches, at least 2 x pipeline ",
        plan.pipeline, "; global_batch ", job.global_batch, " leaves ", microbatches);
  }
  TESSERA_RETURN_IF_ERROR(CheckContext(plan, model, job));
  if (plan.sequence_parallel && job.sequence / plan.context % plan.tensor != 0) {
    return IllegalPlan("sequence_parallel: sequence ", job.sequence, " / context ", plan.context,
                       " does not divide over tensor ", plan.tensor);
  }
  return absl::OkStatus();
}

int64_t BatchPerReplica(int64_t batch, const PlanSpec& plan) {
  return (batch + plan.data - 1) / plan.data;
}

// Inference keeps as many micro-batches in flight as there are stages, if the batch has so many.
absl::Status CompleteInference(PlanSpec& plan, const InferenceJob& job) {
  const int64_t batch = BatchPerReplica(job.batch, plan);
  if (plan.micro_batch == 0) {
    plan.micro_batch = static_cast<int>((batch + plan.pipeline - 1) / plan.pipeline);
  }
  if (plan.micro_batch < 1)
    return IllegalPlan("micro_batch is ", plan.micro_batch, "; accepted: 1 or more");
  return absl::OkStatus();
}

}  // namespace

int RanksOf(const ScenarioSpec& scenario) {
  const int chips =
      scenario.chips > 0 ? scenario.chips : scenario.nodes * scenario.system.chips_per_node;
  return chips * scenario.system.ranks_per_chip;
}

namespace {

// Inference engines pad heads and columns to a multiple of the tensor group; training splits must
// be whole, as checkpoints are exchanged.
enum class Split : uint8_t { kWhole, kPadded };

absl::StatusOr<PlanSpec> CompleteDegrees(const PlanSpec& plan, const ModelSpec& model, int ranks,
                                         Split split) {
  PlanSpec completed = plan;
  if (completed.data == 0) completed.data = 1;
  TESSERA_RETURN_IF_ERROR(CheckDegreesPositive(completed));
  completed.data = plan.data;
  TESSERA_RETURN_IF_ERROR(FillData(completed, ranks));
  if (split == Split::kWhole) TESSERA_RETURN_IF_ERROR(CheckTensor(completed, model));
  TESSERA_RETURN_IF_ERROR(CheckPipeline(completed, model));
  TESSERA_RETURN_IF_ERROR(CheckExperts(completed, model, ranks));
  TESSERA_RETURN_IF_ERROR(CheckZero(completed));
  return completed;
}

}  // namespace

absl::StatusOr<PlanSpec> CompletePlan(const PlanSpec& plan, const ModelSpec& model, int ranks) {
  return CompleteDegrees(plan, model, ranks, Split::kWhole);
}

absl::StatusOr<PlanSpec> CompletePlan(const ScenarioSpec& scenario) {
  const bool pads = std::holds_alternative<InferenceJob>(scenario.job);
  TESSERA_ASSIGN_OR_RETURN(PlanSpec plan,
                           CompleteDegrees(scenario.plan, scenario.model, RanksOf(scenario),
                                           pads ? Split::kPadded : Split::kWhole));
  TESSERA_RETURN_IF_ERROR(CheckTechniques(plan, scenario));
  TESSERA_RETURN_IF_ERROR(CheckExchangeKernels(plan, scenario));
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    TESSERA_RETURN_IF_ERROR(CompleteTraining(plan, scenario.model, *training));
  }
  if (const auto* inference = std::get_if<InferenceJob>(&scenario.job)) {
    TESSERA_RETURN_IF_ERROR(CompleteInference(plan, *inference));
  }
  return plan;
}

int64_t MicrobatchCount(const ScenarioSpec& scenario, const PlanSpec& completed) {
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    return training->global_batch / (int64_t{completed.data} * completed.micro_batch);
  }
  if (const auto* inference = std::get_if<InferenceJob>(&scenario.job)) {
    const int64_t batch = BatchPerReplica(inference->batch, completed);
    return (batch + completed.micro_batch - 1) / completed.micro_batch;
  }
  return 0;
}

std::vector<int> LayersOfChunks(const ModelSpec& model, const PlanSpec& completed) {
  const int chunks = completed.pipeline * ChunksPerRank(completed);
  const bool ends_count = model.layers % chunks != 0 && (model.layers + 2) % chunks == 0;
  if (ends_count) {
    std::vector<int> layers(static_cast<size_t>(chunks), (model.layers + 2) / chunks);
    --layers.front();
    --layers.back();
    return layers;
  }
  std::vector<int> layers(static_cast<size_t>(chunks), model.layers / chunks);
  int rest = model.layers % chunks;
  for (int i = 1; rest > 0; ++i, --rest) ++layers[static_cast<size_t>(i % chunks)];
  return layers;
}

}  // namespace tessera
