#include "partition/plan_space.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "configs/rank_order.h"
#include "partition/plan.h"

namespace tessera {
namespace {

constexpr int kLargestMicroBatch = 16;

std::vector<int> Divisors(int64_t n, int64_t most) {
  std::vector<int> divisors;
  for (int d = 1; d <= std::min(n, most); ++d) {
    if (n % d == 0) divisors.push_back(d);
  }
  return divisors;
}

std::vector<int> PowersOfTwo(int64_t most) {
  std::vector<int> powers = {1};
  while (int64_t{2} * powers.back() <= most) powers.push_back(2 * powers.back());
  return powers;
}

template <typename Value>
std::vector<int> Numbers(const std::vector<Value>& values, std::vector<int> usual) {
  if (values.empty()) return usual;
  std::vector<int> numbers;
  for (const Value value : values) numbers.push_back(static_cast<int>(value));
  return numbers;
}

const char* ScheduleName(int schedule) {
  constexpr const char* kNames[] = {"gpipe", "1f1b", "interleaved", "zb_h1",
                                    "zb_h2", "zb_v", "dualpipe"};
  return kNames[schedule];
}

}  // namespace

const char* ContextExchangeName(ContextExchange exchange) {
  constexpr const char* kNames[] = {"ring", "ulysses", "all_gather"};
  return kNames[static_cast<size_t>(exchange)];
}

const char* PlanPartName(PlanPart part) {
  constexpr const char* kNames[kPlanPartCount] = {
      "tensor",         "pipeline",          "context",          "expert",
      "virtual_stages", "schedule",          "micro_batch",      "sequence_parallel",
      "recompute",      "overlap_tensor",    "zero_stage",       "zero_group",
      "overlap_data",   "optimizer_offload", "context_exchange", "rank_order"};
  return kNames[static_cast<size_t>(part)];
}

std::string PlanValueText(PlanPart part, int value) {
  constexpr const char* kRecompute[] = {"none", "selective", "full"};
  switch (part) {
    case PlanPart::kSchedule:
      return ScheduleName(value);
    case PlanPart::kRecompute:
      return kRecompute[value];
    case PlanPart::kContextExchange:
      return ContextExchangeName(static_cast<ContextExchange>(value));
    case PlanPart::kRankOrder:
      return RankOrderText(value);
    case PlanPart::kSequenceParallel:
    case PlanPart::kOverlapTensor:
    case PlanPart::kOverlapData:
    case PlanPart::kOptimizerOffload:
      return value != 0 ? "on" : "off";
    case PlanPart::kZeroGroup:
      return value == 0 ? "all" : absl::StrCat(value);
    default:
      return absl::StrCat(value);
  }
}

PlanSpace::PlanSpace(const ScenarioSpec& scenario, const SearchSpec& space) : base_(scenario.plan) {
  const ModelSpec& model = scenario.model;
  const int ranks = RanksOf(scenario);
  Of(PlanPart::kTensor) = Numbers(space.tensor, Divisors(ranks, model.heads));
  Of(PlanPart::kPipeline) = Numbers(space.pipeline, Divisors(ranks, model.layers));
  Of(PlanPart::kContext) = Numbers(space.context, {1});
  Of(PlanPart::kExpert) =
      Numbers(space.expert, Divisors(model.moe ? model.moe->experts : 1, ranks));
  Of(PlanPart::kVirtualStages) = Numbers(space.virtual_stages, {1});
  Of(PlanPart::kSchedule) =
      Numbers(space.schedule, {static_cast<int>(PipelineSchedule::kOneForwardOneBackward)});
  Of(PlanPart::kMicroBatch) = Numbers(space.micro_batch, {0});
  Of(PlanPart::kSequenceParallel) = Numbers(space.sequence_parallel, {0});
  Of(PlanPart::kRecompute) = Numbers(space.recompute, {0});
  Of(PlanPart::kOverlapTensor) = Numbers(space.overlap_tensor, {base_.overlap_tensor ? 1 : 0});
  Of(PlanPart::kZeroStage) = Numbers(space.zero_stage, {0});
  Of(PlanPart::kZeroGroup) = Numbers(space.zero_group, {0});
  Of(PlanPart::kOverlapData) = Numbers(space.overlap_data, {base_.overlap_data ? 1 : 0});
  Of(PlanPart::kOptimizerOffload) =
      Numbers(space.optimizer_offload, {base_.optimizer_offload ? 1 : 0});
  Of(PlanPart::kContextExchange) =
      Numbers(space.context_exchange, {static_cast<int>(base_.context_exchange)});
  Of(PlanPart::kRankOrder) = Numbers(space.rank_order, {base_.rank_order});
  if (const auto* job = std::get_if<TrainingJob>(&scenario.job)) SetTraining(scenario, *job, space);
  for (const std::vector<int>& values : values_) size_ *= static_cast<int64_t>(values.size());
}

void PlanSpace::SetTraining(const ScenarioSpec& scenario, const TrainingJob& job,
                            const SearchSpec& space) {
  const std::vector<int>& stages = Of(PlanPart::kPipeline);
  const bool pipelines = *std::max_element(stages.begin(), stages.end()) > 1;
  const int layers = scenario.model.layers;
  Of(PlanPart::kVirtualStages) =
      Numbers(space.virtual_stages, Divisors(layers, pipelines ? layers / 2 : 1));
  Of(PlanPart::kMicroBatch) = Numbers(
      space.micro_batch, PowersOfTwo(std::min<int64_t>(job.global_batch, kLargestMicroBatch)));
  Of(PlanPart::kSequenceParallel) = Numbers(space.sequence_parallel, {0, 1});
  Of(PlanPart::kRecompute) = Numbers(space.recompute, {0, 1, 2});
  Of(PlanPart::kZeroStage) = Numbers(space.zero_stage, {0, 1, 2, 3});
}

PlanSpace::Choice PlanSpace::ChoiceOf(int64_t index) const {
  Choice choice{};
  for (size_t part = kPlanPartCount; part > 0; --part) {
    const auto count = static_cast<int64_t>(values_[part - 1].size());
    choice[part - 1] = static_cast<int>(index % count);
    index /= count;
  }
  return choice;
}

PlanSpec PlanSpace::At(int64_t index) const {
  const Choice choice = ChoiceOf(index);
  const auto value = [&](PlanPart part) {
    const auto p = static_cast<size_t>(part);
    return values_[p][static_cast<size_t>(choice[p])];
  };
  PlanSpec plan = base_;
  plan.tensor = value(PlanPart::kTensor);
  plan.pipeline = value(PlanPart::kPipeline);
  plan.data = 0;
  plan.context = value(PlanPart::kContext);
  plan.expert = value(PlanPart::kExpert);
  plan.expert_tensor = 0;
  plan.virtual_stages = value(PlanPart::kVirtualStages);
  plan.schedule = static_cast<PipelineSchedule>(value(PlanPart::kSchedule));
  plan.micro_batch = value(PlanPart::kMicroBatch);
  plan.sequence_parallel = value(PlanPart::kSequenceParallel) != 0;
  plan.recompute = static_cast<Recompute>(value(PlanPart::kRecompute));
  plan.overlap_tensor = value(PlanPart::kOverlapTensor) != 0;
  plan.zero_stage = value(PlanPart::kZeroStage);
  plan.zero_group = value(PlanPart::kZeroGroup);
  plan.overlap_data = value(PlanPart::kOverlapData) != 0;
  plan.optimizer_offload = value(PlanPart::kOptimizerOffload) != 0;
  plan.context_exchange = static_cast<ContextExchange>(value(PlanPart::kContextExchange));
  plan.rank_order = value(PlanPart::kRankOrder);
  return plan;
}

}  // namespace tessera
