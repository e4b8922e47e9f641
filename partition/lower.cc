#include "core/status_macros.h"
#include "partition/inference_program.h"
#include "partition/lowering_context.h"
#include "partition/partition.h"
#include "partition/plan_choice.h"
#include "partition/stage_parameters.h"
#include "partition/training_program.h"
#include "workload/model_flops.h"

namespace tessera {
namespace {

double ModelFlops(const ScenarioSpec& scenario) {
  const ModelSpec& model = scenario.model;
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    return TrainingFlopsPerToken(model, training->sequence, FlopsConvention::kModelCausal,
                                 model.mtp_layers) *
           static_cast<double>(training->sequence) * static_cast<double>(training->global_batch);
  }
  const auto& job = std::get<InferenceJob>(scenario.job);
  const auto prompt = static_cast<double>(job.prompt_tokens);
  const auto output = static_cast<double>(job.output_tokens);
  const ForwardFlops prefill = ForwardFlopsPerToken(model, prompt / 2);
  const ForwardFlops decode = ForwardFlopsPerToken(model, prompt + output / 2);
  // The prefill makes the first output token; only last positions reach the output layer.
  const double first = job.decode_only ? 0 : prompt * prefill.layers + prefill.head;
  const double steps = job.decode_only ? output : std::max(0.0, output - 1);
  return static_cast<double>(job.batch) * (first + steps * (decode.layers + decode.head));
}

void DescribeSoftware(const FrameworkFacts& facts, const PlanSpec& plan,
                      std::vector<std::string>& assumptions) {
  if (facts.name.empty()) {
    assumptions.push_back("no known framework named: kernels queued ahead, fused attention");
  }
  if (!facts.fused_attention) {
    assumptions.push_back(
        "attention scores are written to memory, as the framework of that time did");
  }
  if (plan.schedule == PipelineSchedule::kDualPipe) {
    assumptions.push_back("the gradient sum over the two copies of DualPipe's parameters is free");
  }
}

}  // namespace

namespace {

// `plan: auto`.
absl::StatusOr<LoweredJob> LowerChosen(const ScenarioSpec& scenario, const ChipModel& chip,
                                       bool ignore_fit) {
  ScenarioSpec chosen = scenario;
  TESSERA_ASSIGN_OR_RETURN(chosen.plan, ChooseWholePlan(scenario, chip));
  TESSERA_ASSIGN_OR_RETURN(LoweredJob job, Lower(chosen, chip, ignore_fit));
  job.assumptions.push_back("the plan was chosen: the fastest that fits, by closed form");
  return job;
}

}  // namespace

absl::StatusOr<LoweredJob> Lower(const ScenarioSpec& scenario, const ChipModel& chip,
                                 bool ignore_fit) {
  if (scenario.plan.tensor == 0) return LowerChosen(scenario, chip, ignore_fit);
  LoweredJob job;
  TESSERA_ASSIGN_OR_RETURN(job.plan, CompletePlan(scenario));
  TESSERA_ASSIGN_OR_RETURN(job.memory, MemoryOf(scenario, job.plan));
  if (!ignore_fit) TESSERA_RETURN_IF_ERROR(CheckFit(scenario, job.plan));
  const int ranks = RanksOf(scenario);
  const RankMap map(job.plan, ranks);
  const FrameworkFacts& facts =
      FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year);
  const ParameterCounts counts = CountParameters(scenario.model);
  const CommunicationEstimate estimate(scenario.system, job.plan, ranks);
  const ModelPartition partition(scenario.model, job.plan);
  LabelTable labels;
  const LoweringContext context{.scenario = scenario,
                                .plan = job.plan,
                                .chip = chip,
                                .facts = facts,
                                .map = map,
                                .estimate = estimate,
                                .counts = counts,
                                .labels = labels,
                                .matrices = job.programs.matrices,
                                .token_exchanges = job.programs.token_exchanges,
                                .assumptions = job.assumptions};
  DescribeSoftware(facts, job.plan, job.assumptions);
  if (std::holds_alternative<TrainingJob>(scenario.job)) {
    TESSERA_RETURN_IF_ERROR(LowerTraining(context, partition, job.programs));
  } else if (std::holds_alternative<InferenceJob>(scenario.job)) {
    TESSERA_RETURN_IF_ERROR(LowerInference(context, partition, job.programs));
  } else {
    return absl::InvalidArgumentError(
        "partition: the job has no model; accepted: training, inference");
  }
  job.programs.labels = labels.Take();
  job.model_flops = ModelFlops(scenario);
  return job;
}

}  // namespace tessera
