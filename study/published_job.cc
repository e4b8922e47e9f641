#include "study/published_job.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "partition/plan_choice.h"
#include "study/measured_machine_system.h"
#include "study/prediction.h"

namespace tessera {
namespace {

constexpr int kSequenceParallelismYear = 2022;

absl::StatusOr<ModelSpec> ModelOf(const MeasuredTask& task, const Catalog& catalog) {
  if (const auto* key = std::get_if<std::string>(&task.model())) return catalog.LoadModel(*key);
  TESSERA_CHECK(std::holds_alternative<ModelSpec>(task.model()));
  return std::get<ModelSpec>(task.model());
}

absl::StatusOr<Precision> PrecisionOf(const MeasuredTask& task, absl::string_view key,
                                      Precision otherwise) {
  const std::string name = task.TextOr(key, "");
  if (name.empty()) return otherwise;
  return ParsePrecision(name);
}

Precision AtLeast16Bits(Precision precision) {
  return StorageBits(precision) < 16 ? Precision::kBf16 : precision;
}

absl::StatusOr<PrecisionPlan> InferenceFormats(const MeasuredTask& task) {
  PrecisionPlan formats;
  TESSERA_ASSIGN_OR_RETURN(formats.compute, PrecisionOf(task, "precision", formats.compute));
  TESSERA_ASSIGN_OR_RETURN(formats.weights, PrecisionOf(task, "weight_precision", formats.compute));
  TESSERA_ASSIGN_OR_RETURN(formats.kv, PrecisionOf(task, "kv_precision", formats.compute));
  formats.activations = AtLeast16Bits(formats.compute);
  return formats;
}

absl::StatusOr<PrecisionPlan> TrainingFormats(const MeasuredTask& task) {
  PrecisionPlan formats;
  TESSERA_ASSIGN_OR_RETURN(formats.compute, PrecisionOf(task, "precision", formats.compute));
  formats.weights = AtLeast16Bits(formats.compute);
  formats.activations = formats.weights;
  formats.kv = formats.weights;
  return formats;
}

// Degrees of the plan; `data` stays open, which means the rest.
PlanSpec DegreesOf(const MeasuredTask& task, const MeasuredMachine& machine, int attention_data) {
  const int64_t ranks = machine.chips * machine.ranks_per_chip;
  PlanSpec plan;
  plan.pipeline = static_cast<int>(task.IntegerOr("pp", 1));
  plan.context = static_cast<int>(task.IntegerOr("cp", 1));
  plan.expert = static_cast<int>(task.IntegerOr("ep", 1));
  plan.attention_data = attention_data;
  const int64_t others = int64_t{plan.pipeline} * plan.context * attention_data;
  int64_t tensor = std::min(ranks, machine.chips_per_node * machine.ranks_per_chip);
  if (task.Has("dp") || attention_data > 1) {
    tensor = std::max<int64_t>(1, ranks / std::max<int64_t>(1, others * task.IntegerOr("dp", 1)));
  } else {
    tensor = std::min(tensor, std::max<int64_t>(1, ranks / others));
  }
  plan.tensor = static_cast<int>(task.IntegerOr("tp", tensor));
  return plan;
}

// The schedule, and the number of model chunks where it is published.
void SetSchedule(const MeasuredTask& task, PlanSpec& plan) {
  const std::string schedule = task.TextOr("schedule", "");
  if (plan.pipeline == 1) return;
  plan.virtual_stages = static_cast<int>(task.IntegerOr("vpp", 1));
  if (schedule == "dualpipe") {
    plan.schedule = PipelineSchedule::kDualPipe;
  } else if (schedule == "interleaved_1f1b" || plan.virtual_stages > 1) {
    plan.schedule = PipelineSchedule::kInterleaved;
  }
}

Recompute RecomputeOf(absl::string_view name) {
  if (name == "full") return Recompute::kFull;
  return name == "selective" ? Recompute::kSelective : Recompute::kNone;
}

std::string ChoiceText(const OpenParts& open, const PlanSpec& plan) {
  static constexpr const char* kRecompute[] = {"none", "selective", "full"};
  std::vector<std::string> chosen;
  if (open.virtual_stages) chosen.push_back(absl::StrCat("vpp ", plan.virtual_stages));
  if (open.micro_batch) chosen.push_back(absl::StrCat("micro_batch ", plan.micro_batch));
  if (open.recompute) {
    chosen.push_back(absl::StrCat("recompute ", kRecompute[static_cast<size_t>(plan.recompute)]));
  }
  if (open.zero_stage) chosen.push_back(absl::StrCat("zero ", plan.zero_stage));
  return absl::StrJoin(chosen, ", ");
}

absl::Status ChooseOpenParts(const MeasuredTask& task, PublishedJob& job) {
  PlanSpec& plan = job.scenario.plan;
  plan.zero_stage = static_cast<int>(task.IntegerOr("zero", 0));
  plan.recompute = RecomputeOf(task.TextOr("recompute", "none"));
  plan.micro_batch = static_cast<int>(task.IntegerOr("micro_batch", 1));
  const OpenParts open = {
      .virtual_stages =
          !task.Has("vpp") && plan.pipeline > 1 && plan.schedule != PipelineSchedule::kDualPipe,
      .micro_batch = !task.Has("micro_batch"),
      .recompute = !task.Has("recompute"),
      .zero_stage = !task.Has("zero"),
  };
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<ChipModel> chip,
                           SupportedChip(job.scenario.system.chip));
  TESSERA_ASSIGN_OR_RETURN(plan, ChoosePlan(job.scenario, *chip, open));
  job.note = ChoiceText(open, plan);
  return absl::OkStatus();
}

void SetRouting(const MeasuredTask& task, absl::string_view key, ScenarioSpec& scenario) {
  const std::string load = task.TextOr(key, "");
  const bool even = load == "balanced" || load == "balanced_by_placement" || load == "capacity";
  scenario.moe_routing.kind =
      even ? MoeRoutingSpec::Kind::kBalanced : MoeRoutingSpec::Kind::kUniform;
}

absl::Status SetTraining(const MeasurementCase& c, PublishedJob& job) {
  const MeasuredTask& task = c.task;
  ScenarioSpec& scenario = job.scenario;
  TrainingJob training;
  training.sequence = static_cast<int>(task.IntegerOr("seq_len", 0));
  training.global_batch = task.IntegerOr("global_batch", 0);
  TESSERA_ASSIGN_OR_RETURN(training.precision, TrainingFormats(task));
  scenario.job = training;
  scenario.software.framework = task.TextOr("framework", "");
  scenario.model.mtp_layers = static_cast<int>(task.IntegerOr("mtp_layers", 0));
  PlanSpec& plan = scenario.plan;
  plan = DegreesOf(task, c.machine, 1);
  plan.sequence_parallel =
      task.BoolOr("sp", plan.tensor > 1 && scenario.system.chip.year >= kSequenceParallelismYear);
  plan.zero_group = static_cast<int>(task.IntegerOr("zero_group", 0));
  plan.optimizer_offload = task.BoolOr("optimizer_offload", false);
  SetSchedule(task, plan);
  SetRouting(task, "moe_routing", scenario);
  scenario.moe_routing.capacity_factor = task.Number("capacity_factor").value_or(0);
  return ChooseOpenParts(task, job);
}

absl::Status SetInference(const MeasurementCase& c, PublishedJob& job) {
  const MeasuredTask& task = c.task;
  ScenarioSpec& scenario = job.scenario;
  const std::string speculative = task.TextOr("speculative", "none");
  if (speculative != "none") {
    return absl::UnimplementedError(
        "speculative decoding: the case states neither drafted tokens nor their acceptance");
  }
  InferenceJob inference;
  inference.batch = task.IntegerOr("batch", 0);
  TESSERA_ASSIGN_OR_RETURN(inference.precision, InferenceFormats(task));
  if (task.kind() == TaskKind::kDecodeStep) {
    inference.prompt_tokens = task.IntegerOr("context_len", 0);
    inference.output_tokens = 1;
    inference.decode_only = true;
  } else {
    inference.prompt_tokens = task.IntegerOr("input_len", 0);
    if (task.kind() == TaskKind::kInferenceBatch) {
      inference.output_tokens = task.IntegerOr("output_len", 0);
    }
  }
  scenario.job = inference;
  scenario.software.framework = task.TextOr("engine", "");
  scenario.model.mtp_layers = 0;
  scenario.plan = DegreesOf(task, c.machine, static_cast<int>(task.IntegerOr("attention_dp", 1)));
  if (task.kind() != TaskKind::kInferenceBatch) {
    scenario.plan.overlap_expert = task.BoolOr("two_batch_overlap", false);
    SetRouting(task, "expert_load", scenario);
  } else {
    scenario.moe_routing.kind = MoeRoutingSpec::Kind::kUniform;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PublishedJob> JobOfCase(const MeasurementCase& c, const Catalog& catalog) {
  PublishedJob job;
  ScenarioSpec& scenario = job.scenario;
  TESSERA_ASSIGN_OR_RETURN(MeasuredSystem machine, SystemOfMachine(c.machine, catalog));
  scenario.name = c.id;
  scenario.system = std::move(machine.system);
  scenario.nodes = machine.nodes;
  scenario.chips = machine.chips;
  TESSERA_ASSIGN_OR_RETURN(scenario.model, ModelOf(c.task, catalog));
  TESSERA_RETURN_IF_ERROR(c.task.kind() == TaskKind::kTrainingStep ? SetTraining(c, job)
                                                                   : SetInference(c, job));
  TESSERA_RETURN_IF_ERROR(catalog.SetDefaultExchange(scenario));
  return job;
}

}  // namespace tessera
