// From a measured training, prefill, decode or fixed-batch case to a scenario.
//
// What a case leaves open is chosen by rule, the same for all cases:
// - degrees: pp and cp 1; tp what dp and attention_dp leave of the ranks where they are given, else
//   all ranks of a scale-up domain; dp the rest;
// - training: sequence parallelism wherever tp > 1 on chips of 2022 or later (the technique is of
//   that year); model chunks, micro-batch, recomputation and ZeRO as partition/plan_choice.h does:
//   the fastest by closed form among those that fit into memory;
// - formats: weights and cache as `precision`; between operators bf16 where `precision` has fewer
//   than 16 bits; training keeps weights in 16 bits;
// - routing: even where the case says balanced (by force or by placement), else uniform at random.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "configs/catalog.h"
#include "configs/formats/measurements.h"
#include "configs/job_spec.h"

namespace tessera {

struct PublishedJob {
  ScenarioSpec scenario;
  std::string note;  // What was chosen.
};

// Errors: Unimplemented for what the case leaves open and no rule can choose (speculative
// decoding: drafted tokens, acceptance); those of the machine.
absl::StatusOr<PublishedJob> JobOfCase(const MeasurementCase& c, const Catalog& catalog);

}  // namespace tessera
