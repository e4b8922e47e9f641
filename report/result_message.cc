#include "report/result_message.h"

#include <algorithm>

#include "collectives/collective.h"
#include "nodes/run_energy.h"
#include "report/fault_text.h"
#include "report/request_text.h"
#include "report/sources.h"
#include "report/time_parts.h"

namespace tessera {
namespace {

constexpr int kSchemaVersion = 1;
constexpr size_t kMaxListedRanks = 1024;

void FillPrecisions(const PrecisionPlan& plan, result::Precisions& out) {
  out.set_weights(std::string(PrecisionName(plan.weights)));
  out.set_kv(std::string(PrecisionName(plan.kv)));
  out.set_compute(std::string(PrecisionName(plan.compute)));
  out.set_activations(std::string(PrecisionName(plan.activations)));
}

void FillPlan(const PlanSpec& plan, result::Plan& out) {
  out.set_tensor(plan.tensor);
  out.set_pipeline(plan.pipeline);
  out.set_data(plan.data);
  out.set_expert(plan.expert);
  out.set_context(plan.context);
  out.set_expert_tensor(plan.expert_tensor);
  out.set_sequence_parallel(plan.sequence_parallel);
  out.set_zero_stage(plan.zero_stage);
  out.set_virtual_stages(plan.virtual_stages);
  out.set_micro_batch(plan.micro_batch);
  out.set_schedule(ScheduleName(plan.schedule));
  out.set_recompute(RecomputeName(plan.recompute));
}

void FillJob(const ScenarioSpec& scenario, result::Request& out) {
  out.set_job(JobName(scenario));
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    out.set_global_batch(training->global_batch);
    out.set_sequence_tokens(training->sequence);
    FillPrecisions(training->precision, *out.mutable_precision());
  } else if (const auto* inference = std::get_if<InferenceJob>(&scenario.job)) {
    out.set_global_batch(inference->batch);
    out.set_prompt_tokens(inference->prompt_tokens);
    out.set_output_tokens(inference->output_tokens);
    FillPrecisions(inference->precision, *out.mutable_precision());
  } else if (const auto* collective = std::get_if<CollectiveJob>(&scenario.job)) {
    out.mutable_collective()->set_op(collective->op);
    out.mutable_collective()->set_size_bytes(collective->bytes.count());
    out.mutable_collective()->set_algorithm(collective->algorithm);
  }
}

void FillRequest(const RunReport& report, result::Request& out) {
  const ScenarioSpec& scenario = report.scenario;
  out.set_name(scenario.name);
  out.set_system(scenario.system.name);
  out.set_chip(scenario.system.chip.name);
  out.set_nodes(scenario.nodes);
  out.set_ranks(static_cast<int>(report.result.job.programs.program_of_rank.size()));
  FillJob(scenario, out);
  if (!out.has_collective()) {
    out.set_model(scenario.model.name);
    FillPlan(report.result.job.plan, *out.mutable_plan());
  }
  out.set_seed(scenario.seed);
  out.set_scenario_text(std::string(report.scenario_text));
  if (const std::string fabric = FabricText(scenario.fabric); !fabric.empty()) {
    out.set_fabric(fabric);
  }
  if (!scenario.faults.empty()) out.set_faults(FaultsText(scenario.faults));
  if (const std::string by = ExpertExchangeText(scenario, report.result.job); !by.empty()) {
    out.set_expert_exchange(by);
  }
  if (scenario.power_cap) out.set_power_cap_w(scenario.power_cap->value());
}

void FillHeadline(const tessera::Headline& headline, result::Headline& out) {
  if (headline.step_time) out.set_step_time_s(ToSeconds(*headline.step_time));
  if (headline.time_to_first_token) {
    out.set_time_to_first_token_s(ToSeconds(*headline.time_to_first_token));
  }
  if (headline.time_per_output_token) {
    out.set_time_per_output_token_s(ToSeconds(*headline.time_per_output_token));
  }
  if (headline.tokens_per_second) out.set_tokens_per_s(*headline.tokens_per_second);
  if (headline.mfu) out.set_model_flops_utilisation(*headline.mfu);
  if (headline.algorithm_bandwidth) {
    out.set_algorithm_bandwidth_bytes_per_s(*headline.algorithm_bandwidth);
  }
  if (headline.bus_bandwidth) out.set_bus_bandwidth_bytes_per_s(*headline.bus_bandwidth);
}

void FillMemory(const tessera::MemoryUse& memory, result::MemoryUse& out) {
  out.set_rank(memory.rank);
  out.set_capacity_bytes(memory.capacity.count());
  out.set_total_bytes(memory.total.count());
  for (int c = 0; c < kTensorClassCount; ++c) {
    result::MemoryUse::Class& row = *out.add_by_class();
    row.set_class_(TensorClassName(static_cast<TensorClass>(c)));
    row.set_size_bytes(memory.by_class[static_cast<size_t>(c)].count());
  }
}

void FillTime(const SimulationResult& run, result::TimeUse& out) {
  out.set_finished_s(ToSeconds(run.breakdown.finished));
  for (const TimePart& part : TimeParts(run)) {
    if (part.kind == TimePartKind::kFinished) continue;
    result::TimeUse::Part& row = part.kind == TimePartKind::kCompute ? *out.add_compute()
                                 : part.kind == TimePartKind::kExposed
                                     ? *out.add_exposed_communication()
                                     : *out.add_waiting();
    row.set_name(part.name);
    row.set_time_s(ToSeconds(part.time));
    row.set_fraction(part.fraction);
  }
}

void FillEnergy(const tessera::RunEnergy& energy, const RunReport& report, result::Energy& out) {
  const double tokens = TokensOfRun(report.result);
  out.set_total_j(energy.total().value());
  out.set_compute_j(energy.compute.value());
  out.set_memory_j(energy.memory.value());
  out.set_links_j(energy.links.value());
  out.set_idle_j(energy.idle.value());
  out.set_mean_chip_power_w(energy.mean_chip_power.value());
  if (const auto& design = report.scenario.system.chip.tdp) {
    out.set_mean_over_design_power(energy.mean_chip_power / *design);
  }
  if (tokens > 0) out.set_per_token_j(energy.total().value() / tokens);
}

void FillCost(const tessera::RunCost& cost, double tokens, result::Cost& out) {
  if (cost.capital && cost.electricity) {
    out.set_capital_usd(cost.capital->value());
    out.set_electricity_usd(cost.electricity->value());
    const double owned = cost.capital->value() + cost.electricity->value();
    if (tokens > 0) out.set_owned_usd_per_million_tokens(owned / tokens * 1e6);
  }
  if (cost.rent) {
    out.set_rent_usd(cost.rent->value());
    if (tokens > 0) out.set_rent_usd_per_million_tokens(cost.rent->value() / tokens * 1e6);
  }
}

void FillEconomics(const RunReport& report, result::Result& out) {
  if (const auto energy = EnergyOfRun(report.scenario, report.result)) {
    FillEnergy(*energy, report, *out.mutable_energy());
  }
  if (const auto cost = CostOfRun(report.scenario, report.result)) {
    FillCost(*cost, TokensOfRun(report.result), *out.mutable_cost());
  }
}

void FillTier(const TierSummary& tier, result::TierUse& out) {
  out.set_tier(TierName(tier.tier));
  out.set_moved_bytes(tier.bytes.count());
  out.set_mean_utilisation(tier.mean_utilisation);
  out.set_peak_utilisation(tier.peak_utilisation);
  for (const LinkSummary& link : tier.hottest) {
    result::TierUse::LinkUse& row = *out.add_hottest_links();
    row.set_link(link.name);
    row.set_moved_bytes(link.bytes.count());
    row.set_utilisation(link.utilisation);
  }
}

void FillCollective(const CollectiveSummary& collective, result::Collective& out) {
  out.set_op(std::string(CollectiveOpName(collective.op)));
  out.set_axis(AxisName(collective.axis));
  out.set_algorithm(collective.algorithm);
  out.set_ranks(collective.ranks);
  out.set_groups(collective.groups);
  out.set_calls(collective.calls);
  out.set_bytes_per_call(collective.bytes_per_call.count());
  out.set_mean_time_s(ToSeconds(collective.total) / static_cast<double>(collective.calls));
  out.set_total_time_s(ToSeconds(collective.total));
}

void FillRanks(const std::vector<Duration>& busy, result::RankSpread& out) {
  out.set_count(static_cast<int>(busy.size()));
  if (busy.empty()) return;
  const auto [min, max] = std::minmax_element(busy.begin(), busy.end());
  double sum = 0;
  for (const Duration time : busy) sum += ToSeconds(time);
  out.set_busy_min_s(ToSeconds(*min));
  out.set_busy_mean_s(sum / static_cast<double>(busy.size()));
  out.set_busy_max_s(ToSeconds(*max));
  if (busy.size() > kMaxListedRanks) return;
  for (const Duration time : busy) out.add_busy_s(ToSeconds(time));
}

}  // namespace

result::Result ResultMessage(const RunReport& report) {
  const SimulationResult& run = report.result;
  result::Result out;
  out.set_schema_version(kSchemaVersion);
  FillRequest(report, *out.mutable_request());
  FillHeadline(run.headline, *out.mutable_headline());
  out.set_bottleneck(run.bottleneck);
  out.set_makespan_s(ToSeconds(run.makespan));
  out.set_makespan_ps(run.makespan.count());
  out.set_lower_bound_s(ToSeconds(run.lower_bound));
  out.set_interrupted(run.interrupted);
  FillMemory(run.job.memory, *out.mutable_memory());
  FillTime(run, *out.mutable_time());
  for (const TierSummary& tier : run.tiers) FillTier(tier, *out.add_tiers());
  for (const CollectiveSummary& row : run.collectives) FillCollective(row, *out.add_collectives());
  for (const auto& [label, time] : run.marks) {
    result::Mark& mark = *out.add_marks();
    mark.set_label(label);
    mark.set_time_s(ToSeconds(time));
  }
  FillRanks(run.rank_busy, *out.mutable_ranks());
  FillEconomics(report, out);
  for (const std::string& text : run.job.assumptions) out.add_assumptions(text);
  for (const SourceNote& note : SourcesOf(report.scenario)) {
    result::Source& source = *out.add_sources();
    source.set_block(note.block);
    source.set_confidence(ConfidenceName(note.provenance.confidence));
    source.set_source(note.provenance.source);
  }
  out.set_events(run.events);
  return out;
}

}  // namespace tessera
