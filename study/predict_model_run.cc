// A training step, a prefill, a decode step or a fixed batch: the whole simulation of it.
#include <atomic>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "collectives/library.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "nodes/simulation.h"
#include "partition/closed_form.h"
#include "study/prediction.h"
#include "study/published_job.h"
#include "topology/build.h"
#include "workload/model_flops.h"

namespace tessera {
namespace {

// Beyond, training falls back on its closed form: hundreds of ranks of a sparse model whose experts
// exchange in overlapping groups.
constexpr double kMostCpuSeconds = 20;
// Beyond, cases that have none are left out with that reason.
constexpr double kMostWithoutClosedForm = 90;
// Nobody looks at single ranks here.
constexpr int kFoldAboveRanks = 64;

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

absl::StatusOr<FlopsConvention> ConventionOf(const MeasuredTask& task) {
  const std::string name = task.TextOr("flops_convention", "");
  if (name == "model") return FlopsConvention::kModel;
  if (name == "model_causal") return FlopsConvention::kModelCausal;
  TESSERA_CHECK(name == "with_recompute");
  return FlopsConvention::kWithRecompute;
}

double Seconds(const std::optional<Duration>& time) {
  TESSERA_CHECK(time.has_value());
  return ToSeconds(*time);
}

absl::StatusOr<double> TrainingQuantity(const MeasurementCase& c, const PublishedJob& job,
                                        double step) {
  const auto& training = std::get<TrainingJob>(job.scenario.job);
  const double tokens = static_cast<double>(training.global_batch) * training.sequence;
  const auto chips = static_cast<double>(c.machine.chips);
  if (c.measured.quantity == "step_time") return step;
  if (c.measured.quantity == "tokens_per_s_per_chip") return tokens / step / chips;
  if (c.measured.quantity == "time_to_train") {
    return absl::UnimplementedError("time to a quality target is not modelled");
  }
  TESSERA_ASSIGN_OR_RETURN(const FlopsConvention convention, ConventionOf(c.task));
  const double flops = TrainingFlopsPerToken(job.scenario.model, training.sequence, convention,
                                             job.scenario.model.mtp_layers);
  return flops * tokens / step / chips;
}

double InferenceQuantity(const MeasurementCase& c, const SimulationResult& result) {
  const std::string& quantity = c.measured.quantity;
  const auto chips = static_cast<double>(c.machine.chips);
  const auto batch = static_cast<double>(c.task.IntegerOr("batch", 0));
  if (quantity == "end_to_end_latency") return ToSeconds(result.makespan);
  if (quantity == "tpot") return Seconds(result.headline.time_per_output_token);
  if (quantity == "output_tokens_per_s_per_chip") {
    return batch / Seconds(result.headline.time_per_output_token) / chips;
  }
  const double first_token = Seconds(result.headline.time_to_first_token);
  if (quantity == "input_tokens_per_s_per_chip") {
    return batch * static_cast<double>(c.task.IntegerOr("input_len", 0)) / first_token / chips;
  }
  TESSERA_CHECK(quantity == "time" || quantity == "ttft");
  return first_token;
}

// A chip or a library without constants is a description that is missing, not a run that broke.
absl::Status CheckDescribed(const ScenarioSpec& scenario) {
  TESSERA_RETURN_IF_ERROR(SupportedChip(scenario.system.chip).status());
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<Topology> topology,
                           BuildTopology(scenario.system, scenario.nodes, scenario.chips));
  const auto library =
      MakeCommunicationLibrary(scenario.system, *topology, scenario.software.library);
  if (library.ok()) return absl::OkStatus();
  return absl::UnimplementedError(library.status().message());
}

// Exchange of experts under the pass of another micro-batch (DualPipe) is not hidden on paper.
bool HasClosedForm(const MeasurementCase& c, const PublishedJob& job) {
  return c.task.kind() == TaskKind::kTrainingStep &&
         job.scenario.plan.schedule != PipelineSchedule::kDualPipe;
}

double MostCpuSeconds(const MeasurementCase& c, const PublishedJob& job) {
  return HasClosedForm(c, job) ? kMostCpuSeconds : kMostWithoutClosedForm;
}

// Of a run whose events are too many: nothing contends, stages are equal.
absl::StatusOr<Prediction> PredictInClosedForm(const MeasurementCase& c, const PublishedJob& job) {
  const std::string reason =
      absl::StrCat("needs more than ", MostCpuSeconds(c, job), " CPU-seconds");
  if (!HasClosedForm(c, job)) return absl::UnimplementedError(reason);
  TESSERA_ASSIGN_OR_RETURN(const std::unique_ptr<ChipModel> chip,
                           SupportedChip(job.scenario.system.chip));
  ClosedForm closed_form(job.scenario, *chip);
  TESSERA_ASSIGN_OR_RETURN(const PlanCost cost, closed_form.Evaluate(job.scenario.plan));
  Prediction prediction;
  prediction.note = absl::StrCat(job.note, job.note.empty() ? "" : "; ", "closed form: ", reason);
  TESSERA_ASSIGN_OR_RETURN(prediction.value, TrainingQuantity(c, job, ToSeconds(cost.step)));
  return prediction;
}

}  // namespace

absl::StatusOr<Prediction> PredictModelRun(const MeasurementCase& c, const Catalog& catalog) {
  TESSERA_ASSIGN_OR_RETURN(const PublishedJob job, JobOfCase(c, catalog));
  TESSERA_RETURN_IF_ERROR(CheckDescribed(job.scenario));
  // What ran on the real machine is run here too, even where our count of its memory says no.
  SimulationOptions options;
  options.traced_ranks = 0;
  options.ignore_fit = true;
  options.folding = Folding::kNear;
  options.fold_above_ranks = kFoldAboveRanks;
  std::atomic<bool> stop = false;
  options.stop = &stop;
  options.on_progress = [&stop, most = CpuSeconds() + MostCpuSeconds(c, job)](Time, int64_t) {
    stop = CpuSeconds() > most;
  };
  TESSERA_ASSIGN_OR_RETURN(const SimulationResult result, Simulate(job.scenario, options));
  if (result.interrupted) return PredictInClosedForm(c, job);
  Prediction prediction;
  prediction.note = job.note;
  if (result.job.memory.total > result.job.memory.capacity) {
    absl::StrAppend(&prediction.note, prediction.note.empty() ? "" : "; ",
                    "more memory than the chip has");
  }
  if (c.task.kind() == TaskKind::kTrainingStep) {
    TESSERA_ASSIGN_OR_RETURN(prediction.value,
                             TrainingQuantity(c, job, Seconds(result.headline.step_time)));
  } else {
    prediction.value = InferenceQuantity(c, result);
  }
  return prediction;
}

}  // namespace tessera
