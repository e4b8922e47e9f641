#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "configs/rank_order.h"
#include "configs/scenario.pb.h"
#include "configs/spec_from_schema.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

Precision FormatFromSchema(schema::NumberFormat format) {
  constexpr Precision kFormats[] = {Precision::kFp32,     Precision::kTf32,  Precision::kFp16,
                                    Precision::kBf16,     Precision::kFp8,   Precision::kMxfp8,
                                    Precision::kNvfp4,    Precision::kMxfp4, Precision::kInt8,
                                    Precision::kInt4,     Precision::kBfp8,  Precision::kBfp8Bfp4,
                                    Precision::kMixedFp16};
  return kFormats[format];
}

PrecisionPlan PrecisionFromSchema(const schema::PrecisionChoice& precision) {
  return {.weights = FormatFromSchema(precision.weights()),
          .kv = FormatFromSchema(precision.kv()),
          .compute = FormatFromSchema(precision.compute()),
          .activations = FormatFromSchema(precision.activations())};
}

TrainingJob TrainingFromSchema(const schema::Training& training) {
  return {.sequence = training.sequence(),
          .global_batch = training.global_batch(),
          .precision = PrecisionFromSchema(training.precision())};
}

InferenceJob InferenceFromSchema(const schema::Inference& inference) {
  return {.batch = inference.batch(),
          .prompt_tokens = inference.prompt_tokens(),
          .output_tokens = inference.output_tokens(),
          .decode_only = inference.decode_only(),
          .precision = PrecisionFromSchema(inference.precision())};
}

CollectiveJob CollectiveFromSchema(const schema::Collective& collective) {
  constexpr const char* kOperations[] = {"all_reduce", "all_gather", "reduce_scatter", "all_to_all",
                                         "broadcast",  "reduce",     "gather",         "scatter",
                                         "barrier",    "send_recv"};
  return {.op = kOperations[collective.operation()],
          .bytes = Bytes(collective.bytes()),
          .algorithm = collective.algorithm(),
          .library = collective.library(),
          .harness = collective.harness(),
          .element_bytes = collective.element_bytes()};
}

constexpr PipelineSchedule kSchedules[] = {
    PipelineSchedule::kGpipe,       PipelineSchedule::kOneForwardOneBackward,
    PipelineSchedule::kInterleaved, PipelineSchedule::kZbH1,
    PipelineSchedule::kZbH2,        PipelineSchedule::kZbV,
    PipelineSchedule::kDualPipe};
constexpr Recompute kRecompute[] = {Recompute::kNone, Recompute::kSelective, Recompute::kFull};
constexpr ContextExchange kContextExchanges[] = {ContextExchange::kRing, ContextExchange::kUlysses,
                                                 ContextExchange::kAllGather};

// `path` is where it is written.
absl::StatusOr<int> RankOrderFromSchema(const std::string& text, const std::string& path,
                                        const PositionTable& positions) {
  const std::optional<int> order = ParseRankOrder(text);
  if (order) return *order;
  return ErrorAt(positions.Of(path),
                 absl::StrCat(path, " \"", text,
                              "\"; accepted: tp, cp, dp and pp once each, joined by \"-\", the "
                              "axis of neighbours first: ",
                              RankOrderText(0)));
}

PipelineSchedule ScheduleFromSchema(const schema::Plan& plan) {
  if (plan.has_schedule()) return kSchedules[plan.schedule()];
  return plan.virtual_stages() > 1 ? PipelineSchedule::kInterleaved
                                   : PipelineSchedule::kOneForwardOneBackward;
}

absl::StatusOr<PlanSpec> PlanFromSchema(const schema::Plan& plan, const PositionTable& positions) {
  TESSERA_ASSIGN_OR_RETURN(const int rank_order,
                           RankOrderFromSchema(plan.rank_order(), "plan.rank_order", positions));
  return PlanSpec{.tensor = plan.tensor(),
                  .pipeline = plan.pipeline(),
                  .data = plan.data(),
                  .expert = plan.expert(),
                  .context = plan.context(),
                  .expert_tensor = plan.expert_tensor(),
                  .attention_data = plan.attention_data(),
                  .sequence_parallel = plan.sequence_parallel(),
                  .zero_stage = plan.zero_stage(),
                  .zero_group = plan.zero_group(),
                  .virtual_stages = plan.virtual_stages(),
                  .micro_batch = plan.micro_batch(),
                  .schedule = ScheduleFromSchema(plan),
                  .recompute = kRecompute[plan.recompute()],
                  .overlap_data = plan.overlap_data(),
                  .overlap_tensor = plan.overlap_tensor(),
                  .overlap_expert = plan.overlap_expert(),
                  .optimizer_offload = plan.optimizer_offload(),
                  .context_exchange = kContextExchanges[plan.context_exchange()],
                  .rank_order = rank_order,
                  .weights_offload = plan.weights_offload(),
                  .kv_offload = plan.kv_offload()};
}

absl::StatusOr<MoeRoutingSpec> RoutingFromSchema(const schema::MoeRouting& routing,
                                                 const PositionTable& positions) {
  constexpr MoeRoutingSpec::Kind kKinds[] = {
      MoeRoutingSpec::Kind::kBalanced, MoeRoutingSpec::Kind::kUniform, MoeRoutingSpec::Kind::kZipf};
  const bool is_zipf = routing.kind() == schema::MoeRouting::KIND_ZIPF;
  if (is_zipf != routing.has_zipf_exponent()) {
    return ErrorAt(positions.Of("moe_routing"),
                   is_zipf ? "moe_routing: kind zipf without zipf_exponent; accepted: 0 to 10"
                           : "moe_routing: zipf_exponent without kind zipf; accepted: kind: zipf");
  }
  return MoeRoutingSpec{.kind = kKinds[routing.kind()],
                        .zipf_exponent = routing.zipf_exponent(),
                        .capacity_factor = routing.capacity_factor(),
                        .max_nodes_per_token = routing.max_nodes_per_token()};
}

// Exactly one job; those that no room can run yet are refused by name.
absl::Status SetJob(const schema::Scenario& scenario, const PositionTable& positions,
                    ScenarioSpec& spec) {
  std::vector<std::string> jobs;
  if (scenario.has_inference()) jobs.emplace_back("inference");
  if (scenario.has_training()) jobs.emplace_back("training");
  if (scenario.has_collective()) jobs.emplace_back("collective");
  if (scenario.has_serving()) jobs.emplace_back("serving");
  if (scenario.has_trace()) jobs.emplace_back("trace");
  if (jobs.size() != 1) {
    return ErrorAt(positions.Of(jobs.empty() ? "" : jobs.back()),
                   absl::StrCat(jobs.empty() ? "no job" : absl::StrJoin(jobs, " and "),
                                jobs.empty() ? "" : ": several jobs",
                                "; accepted: one of inference, training, collective"));
  }
  if (scenario.has_serving() || scenario.has_trace()) {
    return ErrorAt(positions.Of(jobs[0]),
                   absl::StrCat(jobs[0],
                                ": known, but not available yet; accepted: inference, "
                                "training, collective"));
  }
  if (scenario.has_inference()) spec.job = InferenceFromSchema(scenario.inference());
  if (scenario.has_training()) spec.job = TrainingFromSchema(scenario.training());
  if (scenario.has_collective()) spec.job = CollectiveFromSchema(scenario.collective());
  return absl::OkStatus();
}

absl::Status SetSoftware(const schema::Software& software, const PositionTable& positions,
                         ScenarioSpec& spec) {
  spec.software = {.framework = software.framework(),
                   .library = software.library(),
                   .graphs = software.graphs(),
                   .host_per_step = Duration(software.host_per_step())};
  if (!software.has_exchange()) return absl::OkStatus();
  if (software.exchange().families().empty()) {
    return ErrorAt(positions.Of("software.exchange"),
                   "software.exchange: no families; accepted: a name of configs/exchange_kernels, "
                   "or a mapping with families of kernels");
  }
  spec.software.exchange = ExchangeKernelFromSchema(software.exchange());
  return absl::OkStatus();
}

absl::Status CheckSize(const ScenarioSpec& spec, const PositionTable& positions) {
  const int64_t chips = int64_t{spec.nodes} * spec.system.chips_per_node;
  if (spec.chips > chips) {
    return ErrorAt(positions.Of("chips"), absl::StrCat("chips: ", spec.chips, " of a machine of ",
                                                       chips, "; accepted: at most ", chips));
  }
  if (spec.nodes > 1 && !spec.system.scale_out.has_value()) {
    return ErrorAt(positions.Of("nodes"),
                   absl::StrCat("nodes: ", spec.nodes, " of a system without scale_out; accepted: ",
                                "1, or a system whose scale_out says how nodes are joined"));
  }
  return absl::OkStatus();
}

absl::Status SetModel(const schema::Scenario& scenario, const PositionTable& positions,
                      ScenarioSpec& spec) {
  if (scenario.has_model()) {
    TESSERA_ASSIGN_OR_RETURN(spec.model, ModelFromSchema(scenario.model(), "model", positions));
    return absl::OkStatus();
  }
  if (scenario.has_collective()) return absl::OkStatus();
  return ErrorAt(positions.Of(""),
                 "no \"model\"; accepted: a name of configs/models, a path to a model or a Hugging "
                 "Face config.json, or a mapping");
}

template <typename Values>
auto ListOf(const Values& values) {
  return std::vector<typename Values::value_type>(values.begin(), values.end());
}

}  // namespace

absl::StatusOr<SearchSpec> SearchFromSchema(const schema::Search& search,
                                            const PositionTable& positions) {
  SearchSpec spec{.tensor = ListOf(search.tensor()),
                  .pipeline = ListOf(search.pipeline()),
                  .context = ListOf(search.context()),
                  .expert = ListOf(search.expert()),
                  .virtual_stages = ListOf(search.virtual_stages()),
                  .micro_batch = ListOf(search.micro_batch()),
                  .zero_stage = ListOf(search.zero_stage()),
                  .zero_group = ListOf(search.zero_group()),
                  .sequence_parallel = ListOf(search.sequence_parallel()),
                  .overlap_data = ListOf(search.overlap_data()),
                  .overlap_tensor = ListOf(search.overlap_tensor()),
                  .optimizer_offload = ListOf(search.optimizer_offload())};
  for (const int schedule : search.schedule()) spec.schedule.push_back(kSchedules[schedule]);
  for (const int recompute : search.recompute()) spec.recompute.push_back(kRecompute[recompute]);
  for (const int exchange : search.context_exchange()) {
    spec.context_exchange.push_back(kContextExchanges[exchange]);
  }
  for (int i = 0; i < search.rank_order_size(); ++i) {
    TESSERA_ASSIGN_OR_RETURN(
        const int order,
        RankOrderFromSchema(search.rank_order(i), absl::StrCat("search.rank_order[", i, "]"),
                            positions));
    spec.rank_order.push_back(order);
  }
  return spec;
}

absl::StatusOr<ScenarioSpec> ScenarioFromSchema(const schema::Scenario& scenario,
                                                const PositionTable& positions) {
  ScenarioSpec spec;
  spec.name = scenario.name();
  TESSERA_ASSIGN_OR_RETURN(spec.system, SystemFromSchema(scenario.system(), "system", positions));
  spec.nodes = scenario.nodes();
  spec.chips = scenario.chips();
  TESSERA_RETURN_IF_ERROR(CheckSize(spec, positions));
  TESSERA_RETURN_IF_ERROR(SetJob(scenario, positions, spec));
  TESSERA_RETURN_IF_ERROR(SetModel(scenario, positions, spec));
  TESSERA_ASSIGN_OR_RETURN(spec.generation,
                           GenerationFromSchema(scenario.inference(), spec.model, positions));
  TESSERA_ASSIGN_OR_RETURN(spec.plan, PlanFromSchema(scenario.plan(), positions));
  if (scenario.plan().has_choice()) spec.plan.tensor = 0;
  TESSERA_ASSIGN_OR_RETURN(spec.moe_routing, RoutingFromSchema(scenario.moe_routing(), positions));
  TESSERA_RETURN_IF_ERROR(SetSoftware(scenario.software(), positions, spec));
  TESSERA_ASSIGN_OR_RETURN(spec.fabric, FabricFromSchema(scenario.fabric(), spec.nodes, positions));
  TESSERA_ASSIGN_OR_RETURN(spec.faults, FaultsFromSchema(scenario, spec.fabric, positions));
  if (scenario.has_power_cap()) spec.power_cap = Power(scenario.power_cap());
  spec.seed = scenario.seed();
  return spec;
}

}  // namespace tessera
