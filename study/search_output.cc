#include "study/search_output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/hash.h"
#include "study/quantity_text.h"
#include "study/search_reason.h"
#include "study/text_table.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

std::string Seconds(Duration d) { return QuantityText(ToSeconds(d), "s"); }

std::string MemoryText(Bytes bytes) {
  return absl::StrFormat("%.1f GiB", static_cast<double>(bytes.count()) / (1 << 30));
}

std::string OptionalText(const std::optional<double>& value, double scale, const char* unit) {
  return value ? absl::StrCat(NumberText(*value * scale), " ", unit) : "-";
}

void AppendPlans(const SearchResult& result, std::string& text) {
  TextTable table({{"", Align::kRight},
                   {"plan", Align::kLeft},
                   {"closed form", Align::kRight},
                   {"simulated", Align::kRight},
                   {"memory", Align::kRight},
                   {"energy", Align::kRight},
                   {"cost", Align::kRight},
                   {"", Align::kLeft},
                   {"loses because", Align::kLeft}});
  for (size_t i = 0; i < result.plans.size(); ++i) {
    const FoundPlan& plan = result.plans[i];
    const bool simulated = plan.simulated.has_value();
    table.AddRow({absl::StrCat(i + 1), PlanText(plan.plan), Seconds(plan.cost.step),
                  simulated ? Seconds(plan.simulated->step) : "-", MemoryText(plan.cost.memory),
                  simulated ? OptionalText(plan.simulated->energy_joules, 1e-3, "kJ") : "-",
                  simulated ? OptionalText(plan.simulated->dollars, 1, "$") : "-",
                  plan.on_front ? "front" : "",
                  plan.failure.empty() ? plan.loses_because : plan.failure});
  }
  absl::StrAppend(&text,
                  "\nBest plans (front: no other is as good in time, memory, energy and cost)\n",
                  table.Text(2));
}

void AppendOutcomes(const SearchResult& result, std::string& text) {
  TextTable table({{"part", Align::kLeft},
                   {"value", Align::kRight},
                   {"plans", Align::kRight},
                   {"illegal", Align::kRight},
                   {"too large", Align::kRight},
                   {"best", Align::kRight},
                   {"why not", Align::kLeft}});
  for (const ValueOutcome& o : result.outcomes) {
    table.AddRow({PlanPartName(o.part), PlanValueText(o.part, o.value), absl::StrCat(o.plans),
                  absl::StrCat(o.illegal), absl::StrCat(o.too_large),
                  o.best ? Seconds(o.best->cost.step) : "-", o.loses_because});
  }
  absl::StrAppend(&text, "\nBest of each value, by closed form\n", table.Text(2));
}

Json ToJson(const PlanSpec& plan) {
  return {{"tensor", plan.tensor},
          {"pipeline", plan.pipeline},
          {"data", plan.data},
          {"context", plan.context},
          {"expert", plan.expert},
          {"virtual_stages", plan.virtual_stages},
          {"schedule", PlanValueText(PlanPart::kSchedule, static_cast<int>(plan.schedule))},
          {"micro_batch", plan.micro_batch},
          {"sequence_parallel", plan.sequence_parallel},
          {"recompute", PlanValueText(PlanPart::kRecompute, static_cast<int>(plan.recompute))},
          {"zero_stage", plan.zero_stage},
          {"zero_group", plan.zero_group},
          {"overlap_tensor", plan.overlap_tensor},
          {"overlap_data", plan.overlap_data},
          {"optimizer_offload", plan.optimizer_offload},
          {"context_exchange", ContextExchangeName(plan.context_exchange)},
          {"rank_order", PlanValueText(PlanPart::kRankOrder, plan.rank_order)}};
}

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json ToJson(const FoundPlan& plan) {
  Json json = {{"index", plan.index},
               {"plan", ToJson(plan.plan)},
               {"closed_form",
                {{"step_s", ToSeconds(plan.cost.step)},
                 {"passes_s", ToSeconds(plan.cost.passes)},
                 {"recompute_s", ToSeconds(plan.cost.recompute)},
                 {"exposed_s", ToSeconds(plan.cost.exposed)},
                 {"bubble_s", ToSeconds(plan.cost.bubble)},
                 {"data_s", ToSeconds(plan.cost.data)},
                 {"optimizer_s", ToSeconds(plan.cost.optimizer)}}},
               {"memory_bytes", plan.cost.memory.count()}};
  json["simulated"] = nullptr;
  if (plan.simulated) {
    json["simulated"] = {{"step_s", ToSeconds(plan.simulated->step)},
                         {"energy_j", OrNull(plan.simulated->energy_joules)},
                         {"cost_usd", OrNull(plan.simulated->dollars)}};
  }
  json["on_front"] = plan.on_front;
  json["loses_because"] = plan.failure.empty() ? plan.loses_because : plan.failure;
  return json;
}

}  // namespace

std::string SearchText(const SearchResult& result) {
  std::string text =
      absl::StrFormat("%d plans: %d break a rule, %d do not fit, %d priced\n", result.candidates,
                      result.illegal, result.too_large, result.priced);
  AppendPlans(result, text);
  if (!result.outcomes.empty()) AppendOutcomes(result, text);
  return text;
}

std::string SearchJson(const SearchResult& result) {
  Json json = {{"candidates", result.candidates},   {"illegal", result.illegal},
               {"too_large", result.too_large},     {"priced", result.priced},
               {"interrupted", result.interrupted}, {"plans", Json::array()},
               {"outcomes", Json::array()}};
  for (const FoundPlan& plan : result.plans) json["plans"].push_back(ToJson(plan));
  for (const ValueOutcome& o : result.outcomes) {
    json["outcomes"].push_back({{"part", PlanPartName(o.part)},
                                {"value", PlanValueText(o.part, o.value)},
                                {"plans", o.plans},
                                {"illegal", o.illegal},
                                {"too_large", o.too_large},
                                {"best", o.best ? ToJson(*o.best) : Json(nullptr)},
                                {"loses_because", o.loses_because}});
  }
  json["result_hash"] = StableHashHex(json.dump());
  return json.dump(2) + "\n";
}

}  // namespace tessera
