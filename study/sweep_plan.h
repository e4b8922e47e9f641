// The scenarios of a study file: a base scenario, and what is varied.
//
//   description: How do batch and precision trade latency for throughput?
//   scenario: ../scenarios/llama3_70b_inference_h100.yaml   # relative to this file
//   set: {inference.output_tokens: 64}                      # for all
//   vary:                                                   # every combination
//     inference.batch: [1, 8, 64]
//     system: [dgx_a100, dgx_h100]
//   points:                                                 # and each of these in turn
//     - {plan.tensor: 8}
//     - {plan.tensor: 4, plan.pipeline: 2}
//
// Paths and values are those of `run --set`.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tessera {

struct SweepPoint {
  std::string key{};                     // Hash of base scenario and overrides: names the result.
  std::vector<std::string> overrides{};  // "path=value", in order.
};

struct SweepPlan {
  std::string name;  // Of the study file, without its ending.
  std::string description;
  std::string scenario;  // Path of the base scenario.
  std::vector<SweepPoint> points;
};

// Points differ; equal ones are an error. Errors: those of the file, with file:line:column; no
// scenario of that path; more than a million points.
absl::StatusOr<SweepPlan> LoadSweepPlan(const std::string& path);

}  // namespace tessera
