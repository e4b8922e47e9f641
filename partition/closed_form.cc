#include "partition/closed_form.h"

#include <algorithm>

#include "core/status_macros.h"
#include "partition/lowering_context.h"
#include "partition/memory.h"
#include "partition/partition.h"
#include "partition/training_chunks.h"
#include "partition/uncontended.h"

namespace tessera {
namespace {

struct PassPair {
  Duration forward{}, backward{};
  Duration sum() const { return forward + backward; }
  PassPair& operator+=(const PassPair& other) {
    forward += other.forward;
    backward += other.backward;
    return *this;
  }
};

// Passes of one micro-batch by stage.
struct StageTimes {
  PassPair slowest;
  int slowest_stage = 0;
  Duration all{};  // Sum over stages, both directions.
};

// Everything that a lowering context refers to, for one plan.
struct PlanContext {
  PlanContext(const ScenarioSpec& scenario, const ChipModel& chip, const PlanSpec& completed)
      : plan(completed),
        map(plan, RanksOf(scenario)),
        estimate(scenario.system, plan, RanksOf(scenario)),
        counts(CountParameters(scenario.model)),
        partition(scenario.model, plan),
        context{.scenario = scenario,
                .plan = plan,
                .chip = chip,
                .facts = FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year),
                .map = map,
                .estimate = estimate,
                .counts = counts,
                .labels = labels,
                .matrices = matrices,
                .assumptions = assumptions} {}

  PlanSpec plan;
  RankMap map;
  CommunicationEstimate estimate;
  ParameterCounts counts;
  ModelPartition partition;
  LabelTable labels;
  std::vector<std::vector<Bytes>> matrices;
  std::vector<std::string> assumptions;
  LoweringContext context;
};

Duration TimeOf(const std::vector<Instruction>& instructions,
                const CommunicationEstimate& estimate) {
  PaperStreams streams(estimate);
  for (const Instruction& i : instructions) streams.Execute(i);
  return streams.end().time_since_epoch();
}

}  // namespace

// Of one micro-batch. Layers of one kind are alike.
struct ClosedForm::LayerTimes {
  std::map<int, PassPair> layer_kinds;
  PassPair first, last;  // The model's ends.

  static int KindOf(const ModelSpec& model, int layer) {
    const bool windowed = model.sliding_window > 0 &&
                          layer % model.full_attention_every != model.full_attention_every - 1;
    return 2 * (IsMoeLayer(model, layer) ? 1 : 0) + (windowed ? 1 : 0);
  }

  absl::StatusOr<PassPair> Layer(PlanContext& plan, TrainingChunks& chunks, int layer) {
    PassPair pair;
    for (const bool forward : {true, false}) {
      InstructionWriter out = plan.context.Writer();
      TESSERA_RETURN_IF_ERROR(chunks.WriteLayer(out, {.forward = forward}, layer));
      (forward ? pair.forward : pair.backward) = TimeOf(out.Take(), plan.estimate);
    }
    return pair;
  }

  absl::StatusOr<PassPair> End(PlanContext& plan, TrainingChunks& chunks, int chunk) {
    PassPair pair;
    for (const bool forward : {true, false}) {
      InstructionWriter out = plan.context.Writer();
      TESSERA_RETURN_IF_ERROR(chunks.WriteEnds(out, {.chunk = chunk, .forward = forward}));
      (forward ? pair.forward : pair.backward) = TimeOf(out.Take(), plan.estimate);
    }
    return pair;
  }

  StageTimes OfStages(const PlanContext& plan) const {
    const ModelPartition& partition = plan.partition;
    StageTimes times;
    for (int s = 0; s < plan.plan.pipeline; ++s) {
      PassPair stage;
      for (const int chunk : partition.ChunksOf(s)) {
        for (int l = partition.first_layer(chunk); l < partition.end_layer(chunk); ++l) {
          stage += layer_kinds.at(KindOf(plan.context.model(), l));
        }
        if (chunk == 0) stage += first;
        if (chunk == partition.chunks() - 1) stage += last;
      }
      // Half of the micro-batches pass through each of its two chunks.
      if (plan.plan.schedule == PipelineSchedule::kDualPipe) {
        stage = {stage.forward / 2, stage.backward / 2};
      }
      times.all += stage.sum();
      if (s > 0 && stage.sum() <= times.slowest.sum()) continue;
      times.slowest = stage;
      times.slowest_stage = s;
    }
    return times;
  }

  absl::Status Fill(PlanContext& plan) {
    const DataAxis data(plan.context);
    TrainingChunks chunks(plan.context, plan.partition, data);
    TESSERA_RETURN_IF_ERROR(chunks.Prepare());
    const ModelSpec& model = plan.context.model();
    for (int layer = 0; layer < model.layers; ++layer) {
      const int kind = KindOf(model, layer);
      if (layer_kinds.count(kind) != 0) continue;
      TESSERA_ASSIGN_OR_RETURN(layer_kinds[kind], Layer(plan, chunks, layer));
    }
    const int end = plan.partition.chunks() - 1;
    TESSERA_ASSIGN_OR_RETURN(first, End(plan, chunks, 0));
    if (end == 0) return absl::OkStatus();
    TESSERA_ASSIGN_OR_RETURN(last, End(plan, chunks, end));
    return absl::OkStatus();
  }
};

ClosedForm::ClosedForm(const ScenarioSpec& scenario, const ChipModel& chip)
    : scenario_(scenario), chip_(chip) {}

ClosedForm::~ClosedForm() = default;

absl::StatusOr<const ClosedForm::LayerTimes*> ClosedForm::TimesOf(const PlanSpec& plan) {
  const std::vector<int> key = {plan.tensor,
                                plan.context,
                                plan.expert,
                                plan.expert_tensor,
                                plan.micro_batch,
                                plan.sequence_parallel,
                                plan.overlap_tensor,
                                plan.overlap_expert,
                                static_cast<int>(plan.recompute),
                                plan.pipeline * plan.virtual_stages == 1,
                                plan.data};
  const auto found = layers_.find(key);
  if (found != layers_.end()) return found->second.get();
  PlanContext context(scenario_, chip_, plan);
  auto times = std::make_unique<LayerTimes>();
  TESSERA_RETURN_IF_ERROR(times->Fill(context));
  return layers_.emplace(key, std::move(times)).first->second.get();
}

namespace {

// Share of the passes of one stage that the pipeline's fill and drain cost, by schedule.
double BubblePasses(const PlanSpec& plan) {
  const double p = plan.pipeline;
  switch (plan.schedule) {
    case PipelineSchedule::kInterleaved:
      return (p - 1) / plan.virtual_stages;
    case PipelineSchedule::kZbH1:
      return (p - 1) * 2 / 3;  // (p-1)(TF+TB-TW) with a third of the backward pass each.
    case PipelineSchedule::kZbH2:
    case PipelineSchedule::kZbV:
      return (p - 1) / 3;  // The start-up skew of one forward pass a stage.
    case PipelineSchedule::kDualPipe:
      return (p / 2 - 1) * 2 / 3;  // (p/2-1)(F&B + B - 3W).
    case PipelineSchedule::kGpipe:
    case PipelineSchedule::kOneForwardOneBackward:
      break;
  }
  return p - 1;
}

// Exposed traffic of the data axis on a stage whose passes of one micro-batch take `pair`: what
// does not fit under the passes that it may overlap, and the share of one layer that is always
// bare.
Duration DataExposed(PlanContext& plan, const DataAxis& data, const RankParameters& held,
                     const PassPair& pair) {
  if (!data.active()) return Duration{};
  InstructionWriter late = plan.context.Writer();
  data.WriteLateGradients(late, held);
  const Duration tail = TimeOf(late.Take(), plan.estimate);
  InstructionWriter reduction = plan.context.Writer();
  data.WriteGradients(reduction, held, /*final=*/true);
  const Duration reduce = TimeOf(reduction.Take(), plan.estimate);
  Duration gather{};
  if (data.gathers_every_pass() || data.gathers_after_step()) {
    InstructionWriter parameters = plan.context.Writer();
    data.WriteGather(parameters, held);
    gather = TimeOf(parameters.Take(), plan.estimate);
  }
  const int64_t microbatches = MicrobatchCount(plan.context.scenario, plan.plan);
  const int64_t reductions = data.reduces_every_pass() ? microbatches : 1;
  const int64_t gathers = data.gathers_every_pass() ? microbatches : 1;
  const int64_t again = data.gathers_every_pass() ? 1 : 0;  // In the backward pass.
  if (!data.overlaps()) return tail + reduce * reductions + gather * (gathers * (1 + again));
  const int layers = std::max(1, plan.context.model().layers / plan.plan.pipeline);
  const auto bare = [layers](Duration traffic, Duration cover) {
    return std::max(traffic / layers, traffic - cover);
  };
  return tail + bare(gather, pair.forward) * gathers +
         bare(std::max(reduce, gather * again), pair.backward) * reductions;
}

// Messages that each micro-batch waits for in the steady state. With exactly `pipeline`
// micro-batches in flight the round trip through all stages sets the pace, its hops included;
// schedules with more in flight have slack.
double SteadyHops(const PlanSpec& plan) {
  const double p = plan.pipeline;
  const bool no_slack = plan.schedule == PipelineSchedule::kOneForwardOneBackward ||
                        plan.schedule == PipelineSchedule::kZbH1;
  return no_slack ? 2 * (p - 1) / p : 0;
}

Duration Scaled(Duration d, double factor) { return CeilSeconds(ToSeconds(d) * factor); }

// Waiting of the pipeline: fill and drain, in which a micro-batch passes every boundary of chunks
// both ways with nothing to hide the message under, and messages of the steady state.
Duration Bubble(const PlanContext& context, Duration all_stages) {
  const PlanSpec& plan = context.plan;
  const FrameworkFacts& facts = context.context.facts;
  const ScenarioSpec& scenario = context.context.scenario;
  const auto& job = std::get<TrainingJob>(scenario.job);
  const int64_t values =
      int64_t{plan.micro_batch} * (job.sequence / plan.context) * scenario.model.hidden;
  const bool split = plan.sequence_parallel || facts.scatters_pipeline_messages;
  const Bytes message(StorageBytes(job.precision.activations, values).count() /
                      (split ? plan.tensor : 1));
  const Duration hop = context.estimate.Message(message);
  const double waits = facts.overlaps_pipeline
                           ? SteadyHops(plan)
                           : 2.0 * plan.virtual_stages;  // Every send is waited for.
  const auto microbatches = static_cast<double>(MicrobatchCount(scenario, plan));
  return Scaled(all_stages, BubblePasses(plan) / plan.pipeline) +
         hop * (2 * (plan.pipeline * plan.virtual_stages - 1)) + Scaled(hop, waits * microbatches);
}

}  // namespace

absl::StatusOr<PlanCost> ClosedForm::Evaluate(const PlanSpec& plan) {
  scenario_.plan = plan;
  TESSERA_ASSIGN_OR_RETURN(const PlanSpec completed, CompletePlan(scenario_));
  TESSERA_ASSIGN_OR_RETURN(const LayerTimes* times, TimesOf(completed));
  PlanContext context(scenario_, chip_, completed);
  const StageTimes stages = times->OfStages(context);

  PlanCost cost;
  cost.passes = stages.slowest.sum() * MicrobatchCount(scenario_, completed);
  if (completed.pipeline > 1) cost.bubble = Bubble(context, stages.all);
  const DataAxis data(context.context);
  const RankParameters held = context.partition.OfStage(stages.slowest_stage);
  cost.data = DataExposed(context, data, held, stages.slowest);
  InstructionWriter step = context.context.Writer();
  TESSERA_RETURN_IF_ERROR(data.WriteOptimizer(step, held));
  cost.optimizer = TimeOf(step.Take(), context.estimate);
  cost.step = cost.passes + cost.bubble + cost.data + cost.optimizer;

  TESSERA_ASSIGN_OR_RETURN(const MemoryUse memory, MemoryOf(scenario_, completed));
  cost.memory = memory.total;
  cost.fits = memory.total <= memory.capacity;
  return cost;
}

}  // namespace tessera
