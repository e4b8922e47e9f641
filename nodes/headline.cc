#include "nodes/headline.h"

#include "collectives/collective.h"

namespace tessera {
namespace {

std::optional<Duration> LastMark(const SimulationResult& result, absl::string_view label) {
  std::optional<Duration> last;
  for (const auto& [name, time] : result.marks) {
    if (name == label) last = time.time_since_epoch();
  }
  return last;
}

void AddTraining(const TrainingJob& job, const SimulationResult& result, Headline& headline) {
  headline.step_time = LastMark(result, kStepEndMark).value_or(result.makespan);
  const double tokens = static_cast<double>(job.global_batch) * job.sequence;
  headline.tokens_per_second = tokens / ToSeconds(*headline.step_time);
}

void AddInference(const InferenceJob& job, const SimulationResult& result, Headline& headline) {
  Duration decode = result.makespan;
  int64_t decoded = job.output_tokens;
  if (!job.decode_only) {
    headline.time_to_first_token = LastMark(result, kPrefillEndMark).value_or(result.makespan);
    decode -= *headline.time_to_first_token;
    --decoded;
  }
  if (decoded > 0) headline.time_per_output_token = decode / decoded;
  const int64_t tokens = job.output_tokens > 0 ? job.output_tokens : job.prompt_tokens;
  headline.tokens_per_second = static_cast<double>(job.batch * tokens) / ToSeconds(result.makespan);
}

void AddCollective(const CollectiveJob& job, const SimulationResult& result, Headline& headline) {
  const auto op = ParseCollectiveOp(job.op);
  if (!op.ok()) return;
  const auto ranks = static_cast<int>(result.job.programs.program_of_rank.size());
  const double bandwidth = static_cast<double>(job.bytes.count()) / ToSeconds(result.makespan);
  headline.algorithm_bandwidth = bandwidth;
  headline.bus_bandwidth = bandwidth * BusBandwidthFactor(*op, ranks);
}

}  // namespace

std::optional<FlopRate> PeakRate(const SystemSpec& system, Precision precision) {
  if (precision == Precision::kMixedFp16) precision = Precision::kFp16;
  const std::optional<FlopRate>& peak = system.chip.matrix_peak.Get(precision);
  if (!peak.has_value()) return std::nullopt;
  return FlopRate(peak->value() / system.ranks_per_chip);
}

std::optional<Precision> ComputePrecision(const ScenarioSpec& scenario) {
  if (const auto* job = std::get_if<TrainingJob>(&scenario.job)) return job->precision.compute;
  if (const auto* job = std::get_if<InferenceJob>(&scenario.job)) return job->precision.compute;
  return std::nullopt;
}

Headline HeadlineOf(const ScenarioSpec& scenario, const SimulationResult& result) {
  Headline headline;
  if (result.interrupted || result.makespan == Duration::zero()) return headline;
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    AddTraining(*training, result, headline);
  } else if (const auto* inference = std::get_if<InferenceJob>(&scenario.job)) {
    AddInference(*inference, result, headline);
  } else if (const auto* collective = std::get_if<CollectiveJob>(&scenario.job)) {
    AddCollective(*collective, result, headline);
  }
  const std::optional<Precision> precision = ComputePrecision(scenario);
  if (!precision.has_value() || result.job.model_flops <= 0) return headline;
  const std::optional<FlopRate> peak = PeakRate(scenario.system, *precision);
  if (!peak.has_value()) return headline;
  const auto ranks = static_cast<double>(result.job.programs.program_of_rank.size());
  headline.mfu = result.job.model_flops / (peak->value() * ranks * ToSeconds(result.makespan));
  return headline;
}

}  // namespace tessera
