// From a scenario to programs: sharding, memory fit, pipeline order, operator costs. Pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"
#include "partition/plan.h"
#include "partition/program.h"

namespace tessera {

enum class TensorClass : uint8_t {
  kWeights,
  kGradients,
  kOptimizer,
  kActivations,
  kKvCache,
  kCommunication,
  kReserved,
};
inline constexpr int kTensorClassCount = 7;
const char* TensorClassName(TensorClass c);

struct MemoryUse {
  std::array<Bytes, kTensorClassCount> by_class;
  Bytes total;
  Bytes capacity;
  Bytes on_host;  // Moved to the host's memory; not in the total.
  int rank = 0;   // The fullest rank.
};

// Of the fullest rank.
absl::StatusOr<MemoryUse> MemoryOf(const ScenarioSpec& scenario, const PlanSpec& plan);

// An error naming the tensor class that does not fit, with the table of what is needed.
absl::Status CheckFit(const MemoryUse& use);
// The same with up to three small changes of the plan that would fit.
absl::Status CheckFit(const ScenarioSpec& scenario, const PlanSpec& completed);

struct LoweredJob {
  PlanSpec plan;  // Completed.
  MemoryUse memory;
  ProgramSet programs;
  double model_flops =
      0;  // Of the whole job, without recomputation, causal attention halved: for MFU.
  std::vector<std::string> assumptions;  // Defaults that were filled in, estimates that matter.
};

// A plan with tensor 0 (`plan: auto`) is chosen first (partition/plan_choice.h).
// Errors: illegal plan, does not fit (unless `ignore_fit`), chip cannot do what is asked.
absl::StatusOr<LoweredJob> Lower(const ScenarioSpec& scenario, const ChipModel& chip,
                                 bool ignore_fit);

}  // namespace tessera
