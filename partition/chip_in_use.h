// The chip as a scenario runs it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"

namespace tessera {

// The scenario's chip with the rates that it holds under the scenario's power cap. Errors: no
// design power to compare with, a cap that leaves no power above idle.
absl::StatusOr<ChipSpec> ChipUnderCap(const ScenarioSpec& scenario);

// Model of that chip, with the zeros of an inference job. Chips that compute out of SRAM hold the
// weights and cache of an inference job there or fetch the weights for every operator
// (chips/memory_tiers.h); a plan that is still to be chosen counts as one that fits. Errors: those
// of MakeChipModel, CompletePlan and ChipUnderCap.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipInUse(const ScenarioSpec& scenario);

}  // namespace tessera
