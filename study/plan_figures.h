// Time, memory, energy and money of one plan by simulation.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "configs/job_spec.h"
#include "study/search.h"

namespace tessera {

// Runs the scenario under `plan`. Energy: what every rank computes and moves at the rates of its
// chip (chips/energy.h), idle power for the whole step, and the bits on links whose energy is
// known. Money: the price of a chip over its life, or its mean rent, and the energy (domain notes
// 5). Errors: those of Simulate.
absl::StatusOr<PlanFigures> SimulatePlan(const ScenarioSpec& scenario, const PlanSpec& plan);

std::string PackFigures(const absl::StatusOr<PlanFigures>& figures);
absl::StatusOr<PlanFigures> UnpackFigures(absl::string_view text);

}  // namespace tessera
