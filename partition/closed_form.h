// Cost of a training plan in closed form: times of one layer and of the model's ends from their
// instructions on paper, summed over chunks, with the bubble formula of the schedule. No list of
// passes is made, so a plan costs microseconds once its layer is known.
//
// Equal to the event simulation up to the formulas: stages are equal or the slowest sets the pace,
// and nothing contends. Sources: domain notes 2.2 to 2.4.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/plan.h"

namespace tessera {

struct PlanCost {
  Duration step{};
  // Parts of the step on the busiest stage.
  Duration passes{};  // Forward and backward of its micro-batches, tensor traffic included.
  Duration bubble{};  // Waiting for the pipeline to fill and drain, messages included.
  Duration data{};    // Exposed traffic of the data axis.
  Duration optimizer{};
  Bytes memory{};  // Of the fullest rank.
  bool fits = true;
};

class ClosedForm {
 public:
  // `scenario` holds a training job; its plan is not looked at.
  ClosedForm(const ScenarioSpec& scenario, const ChipModel& chip);
  ~ClosedForm();

  // Errors: an illegal plan; an operator that the chip cannot do.
  absl::StatusOr<PlanCost> Evaluate(const PlanSpec& plan);

 private:
  struct LayerTimes;
  absl::StatusOr<const LayerTimes*> TimesOf(const PlanSpec& completed);

  ScenarioSpec scenario_;
  const ChipModel& chip_;
  std::map<std::vector<int>, std::unique_ptr<LayerTimes>> layers_;
};

}  // namespace tessera
