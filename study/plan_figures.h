// Time, memory, energy and money of one plan by simulation.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/job_spec.h"
#include "study/search.h"

namespace tessera {

// Runs the scenario under `plan`. Energy and money: nodes/run_energy.h; where no price
// is known, the rent. Errors: those of Simulate.
absl::StatusOr<PlanFigures> SimulatePlan(const ScenarioSpec& scenario, const PlanSpec& plan);

std::string PackFigures(const absl::StatusOr<PlanFigures>& figures);
absl::StatusOr<PlanFigures> UnpackFigures(absl::string_view text);

}  // namespace tessera
