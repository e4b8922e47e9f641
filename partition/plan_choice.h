// Fills parts of a training plan that nobody fixed with what a practitioner would end up with: the
// values of least time, by closed form, among those that fit.
#pragma once

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"

namespace tessera {

struct OpenParts {
  bool virtual_stages = false;  // Only with pipeline > 1 and software whose recipes interleave.
  bool micro_batch = false;     // Powers of two up to 16.
  bool recompute = false;
  bool zero_stage = false;  // 0 or 1.
};

// The scenario's plan with its open parts filled; if nothing fits, the least memory. Errors: no
// legal choice (the rule that the plan as given breaks).
absl::StatusOr<PlanSpec> ChoosePlan(const ScenarioSpec& scenario, const ChipModel& chip,
                                    const OpenParts& open);

// A whole plan (`plan: auto`): the fastest of the usual space (partition/plan_space.h) that fits;
// if none does, the error says what the smallest needs.
absl::StatusOr<PlanSpec> ChooseWholePlan(const ScenarioSpec& scenario, const ChipModel& chip);

}  // namespace tessera
