#include "partition/plan_evaluator.h"

#include "core/status_macros.h"
#include "partition/uncontended.h"

namespace tessera {

PlanEvaluator::PlanEvaluator(const ScenarioSpec& scenario, const ChipModel& chip)
    : scenario_(scenario), chip_(chip), memory_(scenario_) {
  if (std::holds_alternative<TrainingJob>(scenario.job)) {
    training_ = std::make_unique<ClosedForm>(scenario, chip);
  }
}

PlanEvaluator::~PlanEvaluator() = default;

absl::StatusOr<PlanSpec> PlanEvaluator::Complete(const PlanSpec& plan) {
  scenario_.plan = plan;
  return CompletePlan(scenario_);
}

MemoryUse PlanEvaluator::Memory(const PlanSpec& completed) { return memory_.Fullest(completed); }

absl::StatusOr<PlanCost> PlanEvaluator::Time(const PlanSpec& completed) {
  if (training_ != nullptr) return training_->Time(completed);
  scenario_.plan = completed;
  TESSERA_ASSIGN_OR_RETURN(const LoweredJob job, Lower(scenario_, chip_, /*ignore_fit=*/true));
  const int ranks = RanksOf(scenario_);
  const UncontendedTime time = ExecuteUncontended(
      job, RankMap(job.plan, ranks), CommunicationEstimate(scenario_.system, job.plan, ranks));
  return PlanCost{
      .step = time.makespan, .passes = time.compute, .exposed = time.exposed_communication};
}

}  // namespace tessera
