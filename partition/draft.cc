#include "partition/draft.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tessera {

std::optional<ScenarioSpec> DraftScenario(const ScenarioSpec& scenario, const PlanSpec& completed) {
  const std::optional<SpeculationSpec>& speculation = scenario.generation.speculation;
  if (!speculation || !speculation->draft) return std::nullopt;
  ScenarioSpec draft = scenario;
  draft.model = *speculation->draft;
  draft.generation.speculation.reset();
  draft.plan = PlanSpec{.tensor = completed.tensor,
                        .pipeline = completed.pipeline,
                        .data = completed.data,
                        .context = completed.context,
                        .micro_batch = completed.micro_batch};
  return draft;
}

Draft::Draft(const LoweringContext& whole, ScenarioSpec scenario)
    : scenario_(std::move(scenario)),
      counts_(CountParameters(scenario_.model)),
      context_{.scenario = scenario_,
               .plan = scenario_.plan,
               .chip = whole.chip,
               .facts = whole.facts,
               .map = whole.map,
               .estimate = whole.estimate,
               .counts = counts_,
               .labels = whole.labels,
               .matrices = whole.matrices,
               .token_exchanges = whole.token_exchanges,
               .assumptions = whole.assumptions},
      partition_(scenario_.model, scenario_.plan) {}

absl::StatusOr<std::unique_ptr<Draft>> Draft::Make(const LoweringContext& whole) {
  std::optional<ScenarioSpec> scenario = DraftScenario(whole.scenario, whole.plan);
  if (!scenario) return nullptr;
  const absl::StatusOr<PlanSpec> plan = CompletePlan(*scenario);
  if (!plan.ok()) {
    return absl::Status(plan.status().code(),
                        absl::StrCat("speculation.draft: ", plan.status().message()));
  }
  scenario->plan = *plan;
  return std::unique_ptr<Draft>(new Draft(whole, *std::move(scenario)));
}

}  // namespace tessera
