// The draft model of speculative decoding: it runs on the ranks of the model, with its degrees of
// tensor, pipeline, data and context parallelism, its formats and its zeros.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "partition/lowering_context.h"
#include "partition/stage_parameters.h"

namespace tessera {

// The scenario whose model is the draft, none where no model drafts. Its plan has the degrees of
// `completed` and nothing drafts for it.
std::optional<ScenarioSpec> DraftScenario(const ScenarioSpec& scenario, const PlanSpec& completed);

// What the lowering of the draft's steps reads.
class Draft {
 public:
  // `whole` outlives this; null where no model drafts. Errors: the draft does not divide as the
  // plan asks.
  static absl::StatusOr<std::unique_ptr<Draft>> Make(const LoweringContext& whole);

  const LoweringContext& context() const { return context_; }
  const ModelPartition& partition() const { return partition_; }

 private:
  Draft(const LoweringContext& whole, ScenarioSpec scenario);

  const ScenarioSpec scenario_;  // With its completed plan.
  const ParameterCounts counts_;
  const LoweringContext context_;
  const ModelPartition partition_;
};

}  // namespace tessera
