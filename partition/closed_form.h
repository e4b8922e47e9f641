// Cost of a training plan in closed form: times of one layer and of the model's ends from their
// instructions on paper, summed over stages, with the bubble formula of the schedule. No list of
// passes is made and what plans have in common is kept, so a plan costs about a microsecond once
// its parts are known.
//
// Equal to the event simulation up to the formulas: stages are equal or the slowest sets the pace,
// and nothing contends. Sources: domain notes 2.2 to 2.4.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "chips/chip_model.h"
#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/memory.h"
#include "partition/plan.h"

namespace tessera {

struct PlanCost {
  Duration step{};
  // Parts of the step on the busiest stage.
  Duration passes{};     // Forward and backward of its micro-batches.
  Duration recompute{};  // Of these: repeated forward work.
  Duration exposed{};    // Of these: communication that computation waits for.
  Duration bubble{};     // Waiting for the pipeline to fill and drain, messages included.
  Duration data{};       // Exposed traffic of the data axis.
  Duration optimizer{};
  Bytes memory{};  // Of the fullest rank.
  bool fits = true;
};

class ClosedForm {
 public:
  // `scenario` holds a training job; its plan is not looked at. `chip` outlives this.
  ClosedForm(const ScenarioSpec& scenario, const ChipModel& chip);
  ~ClosedForm();
  ClosedForm(const ClosedForm&) = delete;
  ClosedForm& operator=(const ClosedForm&) = delete;

  // Errors: an illegal plan; an operator that the chip cannot do.
  absl::StatusOr<PlanCost> Evaluate(const PlanSpec& plan);

  // The parts of Evaluate, for searches that stop early. The plan is completed.
  absl::StatusOr<PlanSpec> Complete(const PlanSpec& plan);
  MemoryUse Memory(const PlanSpec& completed) { return memory_.Fullest(completed); }
  absl::StatusOr<PlanCost> Time(const PlanSpec& completed);

 private:
  struct LayerTimes;
  struct Division;
  struct EndOfStep;
  template <size_t N>
  using Key = std::array<int64_t, N>;

  absl::StatusOr<const LayerTimes*> TimesOf(const PlanSpec& completed);
  const Division& DivisionOf(const PlanSpec& completed);
  struct StagePace;
  StagePace PaceOf(const LayerTimes& times, const Division& division, const PlanSpec& plan) const;
  absl::StatusOr<const EndOfStep*> EndOf(const PlanSpec& completed, const Division& division,
                                         size_t stage);
  Duration DataExposed(const PlanSpec& plan, const EndOfStep& end, const StagePace& pace) const;
  Duration Bubble(const PlanSpec& plan, Duration all_stages) const;

  ScenarioSpec scenario_;
  const ChipModel& chip_;
  PlanMemory memory_;
  std::map<Key<13>, std::unique_ptr<LayerTimes>> layers_;
  std::map<Key<6>, std::unique_ptr<Division>> divisions_;
  std::map<Key<14>, std::unique_ptr<EndOfStep>> ends_;
};

}  // namespace tessera
