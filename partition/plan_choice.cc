#include "partition/plan_choice.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "partition/closed_form.h"
#include "partition/framework.h"
#include "partition/plan_evaluator.h"
#include "partition/plan_space.h"

namespace tessera {
namespace {

constexpr int kLargestMicroBatch = 16;

std::vector<int> VirtualStages(const ScenarioSpec& scenario, const OpenParts& open) {
  const PlanSpec& plan = scenario.plan;
  const bool interleaves =
      FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year).interleaves;
  if (!open.virtual_stages || plan.pipeline < 2 || !interleaves) return {plan.virtual_stages};
  std::vector<int> choices;
  for (int v = 1; v * plan.pipeline <= scenario.model.layers; ++v) {
    const int chunks = v * plan.pipeline;
    if (scenario.model.layers % chunks == 0 || (scenario.model.layers + 2) % chunks == 0) {
      choices.push_back(v);
    }
  }
  if (choices.empty()) choices.push_back(1);
  return choices;
}

// Sequences of one replica.
int WholeBatch(const ScenarioSpec& scenario) {
  const PlanSpec& plan = scenario.plan;
  const int64_t replicas = RanksOf(scenario) / (int64_t{plan.tensor} * plan.context);
  const int64_t batch = std::get<TrainingJob>(scenario.job).global_batch;
  return static_cast<int>(std::max<int64_t>(1, batch / std::max<int64_t>(1, replicas)));
}

std::vector<int> MicroBatches(const ScenarioSpec& scenario, const OpenParts& open) {
  if (!open.micro_batch) return {scenario.plan.micro_batch};
  const FrameworkFacts& facts =
      FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year);
  if (!facts.accumulates && scenario.plan.pipeline == 1) return {WholeBatch(scenario)};
  std::vector<int> choices;
  for (int b = 1; b <= kLargestMicroBatch; b *= 2) choices.push_back(b);
  return choices;
}

std::vector<PlanSpec> Candidates(const ScenarioSpec& scenario, const OpenParts& open) {
  std::vector<PlanSpec> plans;
  for (const int v : VirtualStages(scenario, open)) {
    for (const int b : MicroBatches(scenario, open)) {
      for (const Recompute r : {Recompute::kNone, Recompute::kSelective, Recompute::kFull}) {
        for (const int zero : {0, 1}) {
          if (!open.recompute && r != scenario.plan.recompute) continue;
          if (!open.zero_stage && zero > 0) continue;
          PlanSpec plan = scenario.plan;
          plan.virtual_stages = v;
          plan.micro_batch = b;
          plan.recompute = r;
          if (open.zero_stage) plan.zero_stage = zero;
          plans.push_back(plan);
        }
      }
    }
  }
  return plans;
}

bool Better(const PlanCost& a, const PlanCost& b) {
  if (a.fits != b.fits) return a.fits;
  return a.fits ? a.step < b.step : a.memory < b.memory;
}

}  // namespace

absl::StatusOr<PlanSpec> ChoosePlan(const ScenarioSpec& scenario, const ChipModel& chip,
                                    const OpenParts& open) {
  ClosedForm closed_form(scenario, chip);
  std::optional<PlanSpec> best;
  PlanCost best_cost;
  absl::Status first_error;
  for (const PlanSpec& plan : Candidates(scenario, open)) {
    const absl::StatusOr<PlanCost> cost = closed_form.Evaluate(plan);
    if (!cost.ok()) {
      first_error.Update(cost.status());
      continue;
    }
    if (best && !Better(*cost, best_cost)) continue;
    best = plan;
    best_cost = *cost;
  }
  if (!best) return first_error;
  return *best;
}

absl::StatusOr<PlanSpec> ChooseWholePlan(const ScenarioSpec& scenario, const ChipModel& chip) {
  ScenarioSpec open = scenario;
  open.plan = PlanSpec{};
  const PlanSpace space(open, SearchSpec{});
  PlanEvaluator evaluator(open, chip);
  std::optional<PlanSpec> best;
  PlanCost best_cost;
  const absl::Status first_error = absl::InvalidArgumentError("plan: auto: no plan is legal");
  std::optional<MemoryUse> smallest;
  for (int64_t i = 0; i < space.size(); ++i) {
    const absl::StatusOr<PlanSpec> plan = evaluator.Complete(space.At(i));
    if (!plan.ok()) continue;
    const MemoryUse memory = evaluator.Memory(*plan);
    if (!smallest || memory.total < smallest->total) smallest = memory;
    if (memory.total > memory.capacity) continue;
    const absl::StatusOr<PlanCost> cost = evaluator.Time(*plan);
    if (!cost.ok()) return cost.status();
    if (best && cost->step >= best_cost.step) continue;
    best = *plan;
    best_cost = *cost;
  }
  if (best) return *best;
  if (!smallest) return first_error;
  return absl::ResourceExhaustedError(
      absl::StrCat("plan: auto: no plan fits; the smallest one:\n", CheckFit(*smallest).message()));
}

}  // namespace tessera
