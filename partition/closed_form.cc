#include "partition/closed_form.h"

#include <algorithm>

#include "core/status_macros.h"
#include "partition/pass_time.h"
#include "partition/pipeline_bubble.h"
#include "partition/plan_context.h"
#include "partition/training_chunks.h"

namespace tessera {
namespace {

// Layers of one kind take the same time: dense or sparse, full or windowed attention.
constexpr size_t kLayerKinds = 4;

size_t KindOf(const ModelSpec& model, int layer) {
  const int every = model.full_attention_every;
  const bool windowed = model.sliding_window > 0 && (every == 0 || layer % every != every - 1);
  return (IsMoeLayer(model, layer) ? 2u : 0u) + (windowed ? 1u : 0u);
}

Duration Scaled(Duration d, double factor) { return CeilSeconds(ToSeconds(d) * factor); }

}  // namespace

// Of one micro-batch.
struct ClosedForm::LayerTimes {
  std::array<PassPair, kLayerKinds> layers{};
  PassPair first, last;  // The model's ends.

  static absl::StatusOr<PassPair> Layer(PlanContext& plan, TrainingChunks& chunks, int layer) {
    PassPair pair;
    for (const bool forward : {true, false}) {
      InstructionWriter out = plan.context.Writer();
      TESSERA_RETURN_IF_ERROR(chunks.WriteLayer(out, {.forward = forward}, layer));
      (forward ? pair.forward : pair.backward) = TimeOf(out.Take(), plan.estimate);
    }
    return pair;
  }

  static absl::StatusOr<PassPair> End(PlanContext& plan, TrainingChunks& chunks, int chunk) {
    PassPair pair;
    for (const bool forward : {true, false}) {
      InstructionWriter out = plan.context.Writer();
      TESSERA_RETURN_IF_ERROR(chunks.WriteEnds(out, {.chunk = chunk, .forward = forward}));
      (forward ? pair.forward : pair.backward) = TimeOf(out.Take(), plan.estimate);
    }
    return pair;
  }

  absl::Status Fill(PlanContext& plan) {
    const DataAxis data(plan.context);
    TrainingChunks chunks(plan.context, plan.partition, data);
    TESSERA_RETURN_IF_ERROR(chunks.Prepare());
    const ModelSpec& model = plan.context.model();
    std::array<bool, kLayerKinds> known{};
    for (int layer = 0; layer < model.layers; ++layer) {
      const size_t kind = KindOf(model, layer);
      if (known[kind]) continue;
      known[kind] = true;
      TESSERA_ASSIGN_OR_RETURN(layers[kind], Layer(plan, chunks, layer));
    }
    const int end = plan.partition.chunks() - 1;
    TESSERA_ASSIGN_OR_RETURN(first, End(plan, chunks, 0));
    if (end == 0) return absl::OkStatus();
    TESSERA_ASSIGN_OR_RETURN(last, End(plan, chunks, end));
    return absl::OkStatus();
  }
};

// Stages with equal contents count as one.
struct ClosedForm::Division {
  struct Stage {
    std::array<int32_t, kLayerKinds> layers{};
    bool first = false, last = false;
    RankParameters held;
    int64_t count = 0;

    bool SameContents(const Stage& other) const {
      return layers == other.layers && first == other.first && last == other.last;
    }
  };
  std::vector<Stage> stages;  // In order of their first appearance.
};

// Traffic and work of the data axis, for one kind of stage.
struct ClosedForm::EndOfStep {
  bool active = false, overlaps = false;
  int64_t reductions = 1, gathers = 1;  // Per step; 0 stands for once a micro-batch.
  bool gathers_again = false;           // In the backward pass.
  Duration tail{}, reduce{}, gather{};
  Duration optimizer{};
};

struct ClosedForm::StagePace {
  PassPair slowest;
  size_t slowest_stage = 0;
  Duration all{};  // Sum over stages, both directions.
};

ClosedForm::ClosedForm(const ScenarioSpec& scenario, const ChipModel& chip)
    : scenario_(scenario), chip_(chip), memory_(scenario_) {}

ClosedForm::~ClosedForm() = default;

absl::StatusOr<const ClosedForm::LayerTimes*> ClosedForm::TimesOf(const PlanSpec& plan) {
  // Context and expert groups lie between data ranks, so where those are decides their tiers.
  const bool spreads = plan.context > 1 || plan.expert > 1 || plan.rank_order != 0;
  const Key<13> key = {plan.tensor,
                       plan.context,
                       plan.expert,
                       plan.expert_tensor,
                       plan.micro_batch,
                       plan.sequence_parallel,
                       plan.overlap_tensor,
                       plan.overlap_expert,
                       static_cast<int64_t>(plan.recompute),
                       plan.pipeline * plan.virtual_stages == 1,
                       spreads ? plan.data : 0,
                       static_cast<int64_t>(plan.context_exchange),
                       plan.rank_order};
  const auto found = layers_.find(key);
  if (found != layers_.end()) return found->second.get();
  PlanContext context(scenario_, chip_, plan);
  auto times = std::make_unique<LayerTimes>();
  TESSERA_RETURN_IF_ERROR(times->Fill(context));
  return layers_.emplace(key, std::move(times)).first->second.get();
}

const ClosedForm::Division& ClosedForm::DivisionOf(const PlanSpec& plan) {
  const Key<6> key = {plan.tensor,   plan.expert,         plan.expert_tensor,
                      plan.pipeline, plan.virtual_stages, static_cast<int64_t>(plan.schedule)};
  std::unique_ptr<Division>& division = divisions_[key];
  if (division != nullptr) return *division;
  division = std::make_unique<Division>();
  const ModelPartition partition(scenario_.model, plan);
  for (int s = 0; s < plan.pipeline; ++s) {
    Division::Stage stage;
    for (const int chunk : partition.ChunksOf(s)) {
      for (int l = partition.first_layer(chunk); l < partition.end_layer(chunk); ++l) {
        ++stage.layers[KindOf(scenario_.model, l)];
      }
      stage.first |= chunk == 0;
      stage.last |= chunk == partition.chunks() - 1;
    }
    auto& stages = division->stages;
    const auto same = std::find_if(stages.begin(), stages.end(), [&](const Division::Stage& other) {
      return other.SameContents(stage);
    });
    if (same != stages.end()) {
      ++same->count;
      continue;
    }
    stage.held = partition.OfStage(s);
    stage.count = 1;
    stages.push_back(stage);
  }
  return *division;
}

ClosedForm::StagePace ClosedForm::PaceOf(const LayerTimes& times, const Division& division,
                                         const PlanSpec& plan) const {
  StagePace pace;
  for (size_t s = 0; s < division.stages.size(); ++s) {
    const Division::Stage& stage = division.stages[s];
    PassPair pair;
    for (size_t kind = 0; kind < kLayerKinds; ++kind) {
      pair += times.layers[kind] * stage.layers[kind];
    }
    if (stage.first) pair += times.first;
    if (stage.last) pair += times.last;
    // Half of the micro-batches pass through each of its two chunks.
    if (plan.schedule == PipelineSchedule::kDualPipe) pair = pair / 2;
    pace.all += pair.sum() * stage.count;
    if (s > 0 && pair.sum() <= pace.slowest.sum()) continue;
    pace.slowest = pair;
    pace.slowest_stage = s;
  }
  return pace;
}

absl::StatusOr<const ClosedForm::EndOfStep*> ClosedForm::EndOf(const PlanSpec& plan,
                                                               const Division& division,
                                                               size_t stage) {
  const Key<14> key = {plan.tensor,         plan.context,
                       plan.data,           plan.expert,
                       plan.expert_tensor,  plan.pipeline,
                       plan.virtual_stages, static_cast<int64_t>(plan.schedule),
                       plan.zero_stage,     plan.zero_group,
                       plan.overlap_data,   plan.optimizer_offload,
                       plan.rank_order,     static_cast<int64_t>(stage)};
  std::unique_ptr<EndOfStep>& end = ends_[key];
  if (end != nullptr) return end.get();
  PlanContext context(scenario_, chip_, plan);
  const DataAxis data(context.context);
  const RankParameters& held = division.stages[stage].held;
  const auto time = [&](const auto& write) {
    InstructionWriter out = context.context.Writer();
    write(out);
    return TimeOf(out.Take(), context.estimate).total;
  };
  auto made = std::make_unique<EndOfStep>();
  made->active = data.active();
  made->overlaps = data.overlaps();
  made->reductions = data.reduces_every_pass() ? 0 : 1;
  made->gathers = data.gathers_every_pass() ? 0 : 1;
  made->gathers_again = data.gathers_every_pass();
  if (data.active()) {
    made->tail = time([&](InstructionWriter& out) { data.WriteLateGradients(out, held); });
    made->reduce = time([&](InstructionWriter& out) { data.WriteGradients(out, held, true); });
    if (data.gathers_every_pass() || data.gathers_after_step()) {
      made->gather = time([&](InstructionWriter& out) { data.WriteGather(out, held); });
    }
  }
  InstructionWriter step = context.context.Writer();
  TESSERA_RETURN_IF_ERROR(data.WriteOptimizer(step, held));
  made->optimizer = TimeOf(step.Take(), context.estimate).total;
  end = std::move(made);
  return end.get();
}

// What does not fit under the passes that it may overlap, and the share of one layer that is always
// bare.
Duration ClosedForm::DataExposed(const PlanSpec& plan, const EndOfStep& end,
                                 const StagePace& pace) const {
  if (!end.active) return Duration{};
  const int64_t microbatches = MicrobatchCount(scenario_, plan);
  const int64_t reductions = end.reductions == 0 ? microbatches : end.reductions;
  const int64_t gathers = end.gathers == 0 ? microbatches : end.gathers;
  const int64_t again = end.gathers_again ? 1 : 0;
  if (!end.overlaps) {
    return end.tail + end.reduce * reductions + end.gather * (gathers * (1 + again));
  }
  const int layers = std::max(1, scenario_.model.layers / plan.pipeline);
  const auto bare = [layers](Duration traffic, Duration cover) {
    return std::max(traffic / layers, traffic - cover);
  };
  return end.tail + bare(end.gather, pace.slowest.forward.total) * gathers +
         bare(std::max(end.reduce, end.gather * again), pace.slowest.backward.total) * reductions;
}

// Waiting of the pipeline: fill and drain, in which a micro-batch passes every boundary of chunks
// both ways with nothing to hide the message under, and messages of the steady state.
Duration ClosedForm::Bubble(const PlanSpec& plan, Duration all_stages) const {
  const FrameworkFacts& facts =
      FrameworkFactsOf(scenario_.software.framework, scenario_.system.chip.year);
  const auto& job = std::get<TrainingJob>(scenario_.job);
  const int64_t values =
      int64_t{plan.micro_batch} * (job.sequence / plan.context) * scenario_.model.hidden;
  const bool split = plan.sequence_parallel || facts.scatters_pipeline_messages;
  const Bytes message(StorageBytes(job.precision.activations, values).count() /
                      (split ? plan.tensor : 1));
  const CommunicationEstimate estimate(scenario_.system, plan, RanksOf(scenario_));
  const Duration hop = estimate.Message(message);
  const double waits = facts.overlaps_pipeline
                           ? SteadyHops(plan)
                           : 2.0 * plan.virtual_stages;  // Every send is waited for.
  const auto microbatches = static_cast<double>(MicrobatchCount(scenario_, plan));
  return Scaled(all_stages, BubblePasses(plan) / plan.pipeline) +
         hop * (2 * (plan.pipeline * plan.virtual_stages - 1)) + Scaled(hop, waits * microbatches);
}

absl::StatusOr<PlanSpec> ClosedForm::Complete(const PlanSpec& plan) {
  scenario_.plan = plan;
  return CompletePlan(scenario_);
}

absl::StatusOr<PlanCost> ClosedForm::Time(const PlanSpec& plan) {
  TESSERA_ASSIGN_OR_RETURN(const LayerTimes* times, TimesOf(plan));
  const Division& division = DivisionOf(plan);
  const StagePace pace = PaceOf(*times, division, plan);
  TESSERA_ASSIGN_OR_RETURN(const EndOfStep* end, EndOf(plan, division, pace.slowest_stage));
  const int64_t microbatches = MicrobatchCount(scenario_, plan);
  PlanCost cost;
  cost.passes = pace.slowest.sum() * microbatches;
  cost.recompute = pace.slowest.backward.recompute * microbatches;
  cost.exposed = (pace.slowest.forward.exposed + pace.slowest.backward.exposed) * microbatches;
  if (plan.pipeline > 1) cost.bubble = Bubble(plan, pace.all);
  cost.data = DataExposed(plan, *end, pace);
  cost.optimizer = end->optimizer;
  cost.step = cost.passes + cost.bubble + cost.data + cost.optimizer;
  return cost;
}

absl::StatusOr<PlanCost> ClosedForm::Evaluate(const PlanSpec& plan) {
  TESSERA_ASSIGN_OR_RETURN(const PlanSpec completed, Complete(plan));
  TESSERA_ASSIGN_OR_RETURN(PlanCost cost, Time(completed));
  const MemoryUse memory = Memory(completed);
  cost.memory = memory.total;
  cost.fits = memory.total <= memory.capacity;
  return cost;
}

}  // namespace tessera
