// Rules of a plan about context exchange, offload and the exchange of experts' tokens. Each error
// names the rule that is broken and what would be accepted.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "configs/job_spec.h"
#include "configs/model_spec.h"

namespace tessera {

template <typename... Parts>
absl::Status IllegalPlan(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("plan: ", parts...));
}

// "1, 2, 4": what would be accepted in place of a degree that must divide n.
std::string DivisorsText(int n);

// A sequence is cut in two pieces a context rank, which balances causal attention (zig-zag); with
// Ulysses, whose ranks see every position, in one. Ulysses splits the heads of a tensor rank, keys
// and values too.
absl::Status CheckContext(const PlanSpec& completed, const ModelSpec& model,
                          const TrainingJob& job);

// Offload needs the link to the host and the job that it is a technique of; the exchange of context
// ranks is chosen for training only.
absl::Status CheckTechniques(const PlanSpec& plan, const ScenarioSpec& scenario);

// Whether the exchange kernels that the job uses can serve its expert groups: some stay inside a
// node, those that forward need nodes filled alike. Looks at the group of rank 0. O(expert).
absl::Status CheckExchangeKernels(const PlanSpec& completed, const ScenarioSpec& scenario);

}  // namespace tessera
