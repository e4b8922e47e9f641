// A space of training plans: every combination of values for the parts of a plan.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "configs/job_spec.h"
#include "configs/search_spec.h"

namespace tessera {

// Parts of a plan in the order of the enumeration, the slowest first.
enum class PlanPart : uint8_t {
  kTensor,
  kPipeline,
  kContext,
  kExpert,
  kVirtualStages,
  kSchedule,
  kMicroBatch,
  kSequenceParallel,
  kRecompute,
  kOverlapTensor,
  kZeroStage,
  kZeroGroup,
  kOverlapData,
  kOptimizerOffload,
  kContextExchange,
  kRankOrder,
};
inline constexpr int kPlanPartCount = 16;
const char* ContextExchangeName(ContextExchange exchange);
const char* PlanPartName(PlanPart part);              // As in scenarios: "micro_batch".
std::string PlanValueText(PlanPart part, int value);  // "8", "interleaved", "on".

class PlanSpace {
 public:
  // Parts that `space` leaves out take, for training: tensor, pipeline: divisors of the ranks that
  // the heads and the layers allow; context 1; expert: divisors of the experts; virtual_stages:
  // divisors of the layers; micro_batch: powers of two up to 16; every recomputation and ZeRO
  // stage; sequence parallelism on and off; 1f1b, interleaved with virtual stages. For inference:
  // tensor, pipeline and expert likewise. All others are those of the scenario's plan.
  PlanSpace(const ScenarioSpec& scenario, const SearchSpec& space);

  int64_t size() const { return size_; }
  const std::vector<int>& ValuesOf(PlanPart part) const {
    return values_[static_cast<size_t>(part)];
  }
  // By part, which of its values the plan with this index has. O(1).
  using Choice = std::array<int, kPlanPartCount>;
  Choice ChoiceOf(int64_t index) const;
  // Legal or not. Neighbours have their degrees in common. O(1).
  PlanSpec At(int64_t index) const;

 private:
  void SetTraining(const ScenarioSpec& scenario, const TrainingJob& job, const SearchSpec& space);
  std::vector<int>& Of(PlanPart part) { return values_[static_cast<size_t>(part)]; }

  PlanSpec base_;
  std::array<std::vector<int>, kPlanPartCount> values_;
  int64_t size_ = 1;
};

}  // namespace tessera
