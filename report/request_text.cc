#include "report/request_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectives/exchange_kernel.h"
#include "configs/rank_order.h"
#include "partition/plan_space.h"
#include "report/amount_text.h"
#include "report/fault_text.h"

namespace tessera {
namespace {

int RankCount(const SimulationResult& result) {
  return static_cast<int>(result.job.programs.program_of_rank.size());
}

std::string Tokens(int64_t count) { return absl::StrCat(CountText(count), " tokens"); }

std::string JobText(const ScenarioSpec& scenario) {
  if (const auto* training = std::get_if<TrainingJob>(&scenario.job)) {
    return absl::StrCat("training step of ", CountText(training->global_batch), " sequences of ",
                        Tokens(training->sequence));
  }
  if (const auto* inference = std::get_if<InferenceJob>(&scenario.job)) {
    const std::string batch = absl::StrCat("batch ", CountText(inference->batch));
    const std::string prompt = Tokens(inference->prompt_tokens);
    if (inference->output_tokens == 0) return absl::StrCat("prefill, ", batch, ", prompt ", prompt);
    return absl::StrCat(inference->decode_only ? "decode, " : "inference, ", batch,
                        inference->decode_only ? ", cached " : ", prompt ", prompt, ", output ",
                        Tokens(inference->output_tokens));
  }
  if (const auto* collective = std::get_if<CollectiveJob>(&scenario.job)) {
    return absl::StrCat(collective->op, " of ", MemoryText(collective->bytes), ", algorithm ",
                        collective->algorithm);
  }
  return "none";
}

std::string MachineText(const ScenarioSpec& scenario, const SimulationResult& result) {
  const std::string nodes =
      scenario.nodes == 1 ? "1 node" : absl::StrCat(CountText(scenario.nodes), " nodes");
  return absl::StrCat(nodes, " of ", scenario.system.name, ", ", CountText(RankCount(result)),
                      " ranks on ", scenario.system.chip.name);
}

std::string PrecisionText(const PrecisionPlan& p, bool has_cache) {
  const auto part = [](const char* name, Precision precision) {
    return absl::StrCat(name, std::string(PrecisionName(precision)));
  };
  return absl::StrCat(part("weights ", p.weights), has_cache ? part(", kv ", p.kv) : "",
                      part(", compute ", p.compute), part(", activations ", p.activations));
}

std::string PlanText(const ScenarioSpec& scenario, const PlanSpec& plan) {
  const bool training = std::holds_alternative<TrainingJob>(scenario.job);
  const bool sparse = scenario.model.moe.has_value();
  std::vector<std::string> parts;
  const auto degree = [&parts](const char* name, int value, bool always) {
    if (always || value > 1) parts.push_back(absl::StrCat(name, " ", value));
  };
  degree("tensor", plan.tensor, true);
  degree("pipeline", plan.pipeline, false);
  degree("data", plan.data, true);
  degree("expert", sparse ? plan.expert : 1, false);
  degree("expert tensor", sparse ? plan.expert_tensor : 1, false);
  degree("context", plan.context, false);
  degree("virtual stages", plan.virtual_stages, false);
  if (plan.pipeline > 1) parts.push_back(absl::StrCat("schedule ", ScheduleName(plan.schedule)));
  if (plan.sequence_parallel) parts.emplace_back("sequence parallel");
  if (plan.context > 1 && plan.context_exchange != ContextExchange::kRing) {
    parts.push_back(absl::StrCat("context exchange ", ContextExchangeName(plan.context_exchange)));
  }
  if (plan.rank_order != 0) {
    parts.push_back(absl::StrCat("rank order ", RankOrderText(plan.rank_order)));
  }
  if (plan.optimizer_offload) parts.emplace_back("optimizer on the host");
  if (plan.weights_offload) parts.emplace_back("weights on the host");
  if (plan.kv_offload) parts.emplace_back("cache on the host");
  if (training) {
    parts.push_back(absl::StrCat("micro-batch ", plan.micro_batch));
    parts.push_back(absl::StrCat("recompute ", RecomputeName(plan.recompute)));
    if (plan.zero_stage > 0) parts.push_back(absl::StrCat("ZeRO ", plan.zero_stage));
  }
  return absl::StrJoin(parts, ", ");
}

const char* FidelityName(Fidelity fidelity) {
  constexpr const char* kNames[] = {"fluid", "analytic", "packet"};
  return kNames[static_cast<size_t>(fidelity)];
}

std::string ZerosText(const SparsitySpec& zeros) {
  std::vector<std::string> parts;
  if (zeros.pattern == SparsitySpec::Pattern::kStructured) {
    parts.push_back(absl::StrCat(zeros.n, ":", zeros.m, " weights"));
  }
  if (zeros.pattern == SparsitySpec::Pattern::kBlocks) {
    parts.push_back(absl::StrCat(PercentText(zeros.density), " of blocks of ", zeros.block));
  }
  if (zeros.activations < 1) {
    parts.push_back(absl::StrCat(PercentText(zeros.activations), " of inputs"));
  }
  if (zeros.mask < 1) parts.push_back(absl::StrCat(PercentText(zeros.mask), " of keys"));
  return absl::StrJoin(parts, ", ");
}

std::string SpeculationText(const SpeculationSpec& speculation) {
  return absl::StrCat(speculation.tokens, " tokens drafted by ",
                      speculation.draft
                          ? speculation.draft->name
                          : absl::StrCat(PercentText(speculation.draft_cost), " of a step each"),
                      ", accepted with probability ", speculation.acceptance);
}

std::string ExitsText(const std::vector<EarlyExitSpec>& exits) {
  std::vector<std::string> parts;
  parts.reserve(exits.size());
  for (const EarlyExitSpec& exit : exits) {
    parts.push_back(absl::StrCat(PercentText(exit.probability), " after layer ", exit.after_layer));
  }
  return absl::StrJoin(parts, ", ");
}

void AddOptions(const GenerationSpec& generation, Facts& facts) {
  if (const std::string zeros = ZerosText(generation.sparsity); !zeros.empty()) {
    facts.emplace_back("sparsity", zeros);
  }
  if (generation.speculation)
    facts.emplace_back("speculation", SpeculationText(*generation.speculation));
  if (!generation.early_exit.empty())
    facts.emplace_back("early exit", ExitsText(generation.early_exit));
}

std::string RoutingText(const MoeRoutingSpec& routing) {
  switch (routing.kind) {
    case MoeRoutingSpec::Kind::kBalanced:
      return "balanced";
    case MoeRoutingSpec::Kind::kUniform:
      return "uniform at random";
    case MoeRoutingSpec::Kind::kZipf:
      return absl::StrCat("Zipf, exponent ", routing.zipf_exponent);
  }
  return "";
}

bool ExchangesTokens(const ProgramSet& programs) {
  for (const Program& program : programs.programs) {
    for (const Instruction& i : program.instructions) {
      const bool collective =
          i.kind == InstructionKind::kCollective || i.kind == InstructionKind::kCollectiveAsync;
      if (collective && i.axis == Axis::kExpert) return true;
    }
  }
  return false;
}

}  // namespace

const char* ScheduleName(PipelineSchedule schedule) {
  switch (schedule) {
    case PipelineSchedule::kGpipe:
      return "gpipe";
    case PipelineSchedule::kOneForwardOneBackward:
      return "1f1b";
    case PipelineSchedule::kInterleaved:
      return "interleaved_1f1b";
    case PipelineSchedule::kZbH1:
      return "zb_h1";
    case PipelineSchedule::kZbH2:
      return "zb_h2";
    case PipelineSchedule::kZbV:
      return "zb_v";
    case PipelineSchedule::kDualPipe:
      return "dualpipe";
  }
  return "";
}

const char* RecomputeName(Recompute recompute) {
  switch (recompute) {
    case Recompute::kNone:
      return "none";
    case Recompute::kSelective:
      return "selective";
    case Recompute::kFull:
      return "full";
  }
  return "";
}

const char* JobName(const ScenarioSpec& scenario) {
  if (std::holds_alternative<TrainingJob>(scenario.job)) return "training";
  if (std::holds_alternative<InferenceJob>(scenario.job)) return "inference";
  if (std::holds_alternative<CollectiveJob>(scenario.job)) return "collective";
  return "none";
}

std::string FabricText(const FabricSpec& fabric) {
  constexpr const char* kTransports[] = {"receiver_driven", "lossless", "dcqcn"};
  constexpr const char* kRoutings[] = {"destination_modulo", "ecmp", "spray"};
  if (fabric == FabricSpec{}) return "";
  std::string text = absl::StrCat("scale_up ", FidelityName(fabric.scale_up), ", scale_out ",
                                  FidelityName(fabric.scale_out));
  if (fabric.scale_out == Fidelity::kPacket) {
    absl::StrAppend(&text, " (", kTransports[static_cast<size_t>(fabric.transport)], ")");
  }
  absl::StrAppend(&text, ", routing ", kRoutings[static_cast<size_t>(fabric.routing)]);
  if (fabric.routing == FabricRouting::kEcmp) {
    absl::StrAppend(&text, " (queue pairs ", fabric.queue_pairs, ", hash seed ", fabric.hash_seed,
                    ")");
  }
  if (fabric.credit_buffer != Bytes()) {
    absl::StrAppend(&text, ", credit buffer ", fabric.credit_buffer.count(), " B");
  }
  if (fabric.cross_rail_forwarding) absl::StrAppend(&text, ", cross-rail forwarding");
  return text;
}

std::string ExpertExchangeText(const ScenarioSpec& scenario, const LoweredJob& job) {
  const ExchangeKernelSpec& kernels = scenario.software.exchange;
  std::vector<std::string> parts;
  for (const ExchangeMode mode : {ExchangeMode::kHighThroughput, ExchangeMode::kLowLatency}) {
    const std::vector<TokenExchange>& all = job.programs.token_exchanges;
    const bool used = std::any_of(all.begin(), all.end(),
                                  [mode](const TokenExchange& t) { return t.mode == mode; });
    if (used) parts.push_back(ExchangeName(kernels, mode));
  }
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  if (parts.empty() && ExchangesTokens(job.programs)) return "communication library";
  return absl::StrJoin(parts, ", ");
}

std::string Title(const ScenarioSpec& scenario, const SimulationResult& result) {
  const auto* collective = std::get_if<CollectiveJob>(&scenario.job);
  return absl::StrCat(collective != nullptr
                          ? collective->op
                          : absl::StrCat(scenario.model.name, " ", JobName(scenario)),
                      " on ", CountText(RankCount(result)), " x ", scenario.system.chip.name, " (",
                      scenario.system.name, ")");
}

Facts RequestFacts(const ScenarioSpec& scenario, const SimulationResult& result) {
  Facts facts = {{"job", JobText(scenario)}, {"machine", MachineText(scenario, result)}};
  if (const std::string fabric = FabricText(scenario.fabric); !fabric.empty()) {
    facts.emplace_back("fabric", fabric);
  }
  for (const FaultSpec& fault : scenario.faults) facts.emplace_back("fault", FaultText(fault));
  if (scenario.power_cap) {
    facts.emplace_back("power cap",
                       absl::StrCat(AmountText(scenario.power_cap->value()), " W a chip"));
  }
  const auto* training = std::get_if<TrainingJob>(&scenario.job);
  const auto* inference = std::get_if<InferenceJob>(&scenario.job);
  if (training == nullptr && inference == nullptr) return facts;
  facts.emplace_back("precision", training != nullptr ? PrecisionText(training->precision, false)
                                                      : PrecisionText(inference->precision, true));
  facts.emplace_back("plan", PlanText(scenario, result.job.plan));
  AddOptions(scenario.generation, facts);
  if (scenario.model.moe.has_value()) {
    facts.emplace_back("expert routing", RoutingText(scenario.moe_routing));
  }
  if (const std::string by = ExpertExchangeText(scenario, result.job); !by.empty()) {
    facts.emplace_back("expert exchange", by);
  }
  return facts;
}

Facts HeadlineFacts(const SimulationResult& result) {
  Facts facts;
  const Headline& headline = result.headline;
  const auto add = [&facts](const char* label, const auto& value, auto text) {
    if (value.has_value()) facts.emplace_back(label, text(*value));
  };
  add("step time", headline.step_time, DurationText);
  add("time to first token", headline.time_to_first_token, DurationText);
  add("time per output token", headline.time_per_output_token, DurationText);
  add("throughput", headline.tokens_per_second,
      [](double rate) { return AmountText(rate) + " tokens/s"; });
  add("model FLOPs utilisation", headline.mfu, PercentText);
  add("algorithm bandwidth", headline.algorithm_bandwidth, RateText);
  add("bus bandwidth", headline.bus_bandwidth, RateText);
  facts.emplace_back(result.interrupted ? "reached (interrupted)" : "makespan",
                     DurationText(result.makespan));
  return facts;
}

}  // namespace tessera
