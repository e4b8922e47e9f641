// Scenarios that ask for one collective operation over all ranks.
#pragma once

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "configs/job_spec.h"
#include "partition/partition.h"

namespace tessera {

// A program of one collective on the axis kWorld for every rank. Errors: an unknown operation.
absl::StatusOr<LoweredJob> LowerCollective(const ScenarioSpec& scenario);

// What every collective of the run has in common: algorithm, library, harness, element size; from a
// collective job where there is one. Errors: an unknown harness.
absl::StatusOr<CollectiveRequest> CollectiveDefaults(const ScenarioSpec& scenario);

}  // namespace tessera
