// The chip as a scenario runs it.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"

namespace tessera {

// Model of the scenario's chip. Chips that compute out of SRAM hold the weights and cache of an
// inference job there or fetch the weights for every operator (chips/memory_tiers.h); a plan that
// is still to be chosen counts as one that fits. Errors: those of MakeChipModel and CompletePlan.
absl::StatusOr<std::unique_ptr<ChipModel>> MakeChipInUse(const ScenarioSpec& scenario);

}  // namespace tessera
