// Memory and time of plans without events: training by its closed form, inference by executing its
// programs on paper.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"
#include "partition/closed_form.h"

namespace tessera {

class PlanEvaluator {
 public:
  // `scenario` holds training or inference; its plan is not looked at. `chip` outlives this.
  PlanEvaluator(const ScenarioSpec& scenario, const ChipModel& chip);
  ~PlanEvaluator();

  // Error: the rule that the plan breaks.
  absl::StatusOr<PlanSpec> Complete(const PlanSpec& plan);
  MemoryUse Memory(const PlanSpec& completed);
  // Inference: the makespan alone. Error: an operator that the chip cannot do.
  absl::StatusOr<PlanCost> Time(const PlanSpec& completed);

 private:
  ScenarioSpec scenario_;
  const ChipModel& chip_;
  PlanMemory memory_;
  std::unique_ptr<ClosedForm> training_;  // Null: inference.
};

}  // namespace tessera
