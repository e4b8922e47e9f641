#include "partition/memory.h"

#include <algorithm>

#include "core/integer.h"
#include "core/status_macros.h"
#include "partition/pipeline/execution.h"
#include "partition/pipeline/pipeline_order.h"
#include "partition/stage_parameters.h"
#include "workload/activations.h"

namespace tessera {
namespace {

// Driver context, compiled kernels and library workspaces of one process on a GPU.
// Source: nvidia-smi of an idle PyTorch process with cuBLAS and NCCL loaded: 0.5 to 1 GiB.
constexpr int64_t kProcessBytes = int64_t{768} << 20;
// Buffers of one communicator: 16 to 32 channels with 4 to 8 MiB each way. Source: NCCL defaults
// (NCCL_BUFFSIZE 4 MiB, two directions).
constexpr int64_t kCommunicatorBytes = int64_t{192} << 20;
// What an allocator cannot use of varying tensors. Source: domain notes 2.7 (5-10 %).
constexpr double kFragmentation = 0.05;
constexpr int64_t kPageTokens = 16;
// Engines cut longer prefills into chunks of so many tokens.
constexpr int64_t kPrefillChunkTokens = 8192;

Bytes& Of(MemoryUse& use, TensorClass c) { return use.by_class[static_cast<size_t>(c)]; }

Bytes Whole(double bytes) { return Bytes(static_cast<int64_t>(bytes)); }

Bytes CapacityOf(const SystemSpec& system) {
  const ChipSpec& chip = system.chip;
  const Bytes whole = !chip.memory.empty() ? chip.memory.front().capacity
                      : chip.sram          ? chip.sram->total
                                           : Bytes();
  return Bytes(whole.count() / system.ranks_per_chip);
}

class StageMemory {
 public:
  StageMemory(const ScenarioSpec& scenario, const PlanSpec& plan, int stage)
      : scenario_(scenario),
        plan_(plan),
        stage_(stage),
        facts_(FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year)),
        partition_(scenario.model, plan),
        map_(plan, RanksOf(scenario)) {}

  MemoryUse Sum() {
    if (const auto* training = std::get_if<TrainingJob>(&scenario_.job)) {
      AddStates();
      AddTrainingActivations(*training);
    } else if (const auto* inference = std::get_if<InferenceJob>(&scenario_.job)) {
      AddInference(*inference);
    }
    AddCommunication();
    Of(use_, TensorClass::kReserved) =
        ProcessBytes() + Whole(kFragmentation * double(Activations().count()));
    for (const Bytes bytes : use_.by_class) use_.total += bytes;
    use_.capacity = CapacityOf(scenario_.system);
    use_.rank = stage_ * (map_.ranks() / plan_.pipeline);
    return use_;
  }

 private:
  Bytes Activations() { return Of(use_, TensorClass::kActivations); }

  // Chips without memory off the die are laid out whole by the compiler: no process, no buffers.
  bool StaticLayout() const { return scenario_.system.chip.memory.empty(); }
  Bytes ProcessBytes() const { return StaticLayout() ? Bytes() : Bytes(kProcessBytes); }

  void AddStates() {
    const RankParameters held = partition_.OfStage(stage_);
    const StateBytes dense = StateBytesPerParameter(facts_, plan_.zero_stage, plan_.zero_group);
    const StateBytes expert = StateBytesPerParameter(
        facts_, plan_.zero_stage, scenario_.model.moe ? map_.GroupSize(Axis::kExpertData) : 1);
    Of(use_, TensorClass::kWeights) =
        Whole(held.dense * dense.weight + held.expert * expert.weight);
    Of(use_, TensorClass::kGradients) =
        Whole(held.dense * dense.gradient + held.expert * expert.gradient);
    if (plan_.optimizer_offload) return;
    Of(use_, TensorClass::kOptimizer) =
        Whole(held.dense * dense.optimizer + held.expert * expert.optimizer);
  }

  ShardShape TrainingShape(const TrainingJob& job) const {
    ShardShape shape;
    shape.batch = plan_.micro_batch;
    shape.q_len = shape.kv_len = job.sequence;
    shape.tensor = plan_.tensor;
    shape.context = plan_.context;
    shape.sequence_parallel = plan_.sequence_parallel;
    shape.training = true;
    shape.fused_attention = facts_.fused_attention;
    shape.dropout = facts_.dropout;
    shape.precision = job.precision;
    return shape;
  }

  // Selective recomputation drops the scores; where attention is fused and keeps none, the results
  // of norms (half of what the residual stream leaves) and of activation functions (a half of the
  // MLP's, a third with a gate).
  double LayerBytes(const ShardShape& shape, int layer, Recompute recompute) const {
    ActivationBytes kept = ActivationBytesPerLayer(scenario_.model, shape,
                                                   IsMoeLayer(scenario_.model, layer), recompute);
    if (recompute == Recompute::kSelective && shape.fused_attention) {
      kept.replicated /= 2;
      kept.mlp *= scenario_.model.gated_ffn ? 2.0 / 3 : 0.5;
    }
    return kept.Total();
  }

  double ChunkBytes(const ShardShape& shape, int chunk) const {
    double bytes = 0;
    for (int layer = partition_.first_layer(chunk); layer < partition_.end_layer(chunk); ++layer) {
      bytes += LayerBytes(shape, layer, plan_.recompute);
    }
    return bytes;
  }

  // The most that is held at once: the stage's passes in their order, which needs no clock.
  double PeakOfPasses(const ShardShape& shape) const {
    const PipelineParams params{.stages = plan_.pipeline,
                                .microbatches = static_cast<int>(MicrobatchCount(scenario_, plan_)),
                                .chunks_per_stage = plan_.virtual_stages};
    const PipelineOrder order = MakePipelineOrder(plan_.schedule, params);
    std::vector<double> chunk_bytes(static_cast<size_t>(partition_.chunks()), 0);
    for (const int chunk : partition_.ChunksOf(stage_)) {
      chunk_bytes[static_cast<size_t>(chunk)] = ChunkBytes(shape, chunk);
    }
    double held = 0;
    double peak = 0;
    for (const Pass& pass : order[static_cast<size_t>(stage_)]) {
      const double bytes = chunk_bytes[static_cast<size_t>(pass.chunk)];
      if (pass.kind == PassKind::kForward) held += bytes;
      peak = std::max(peak, held);
      if (FreesActivations(plan_.schedule, pass)) held -= bytes;
    }
    return peak;
  }

  void AddTrainingActivations(const TrainingJob& job) {
    const ShardShape shape = TrainingShape(job);
    double bytes = PeakOfPasses(shape);
    const std::vector<int>& chunks = partition_.ChunksOf(stage_);
    // The layer whose forward pass is being repeated is held whole.
    if (plan_.recompute == Recompute::kFull) {
      const int layer = partition_.end_layer(chunks.back()) - 1;
      bytes += LayerBytes(shape, layer, Recompute::kNone);
    }
    if (chunks.back() == partition_.chunks() - 1) {
      // Logits in 16 bits and their fp32 copy.
      const double tokens = static_cast<double>(shape.batch * (shape.q_len / shape.context));
      bytes += tokens * scenario_.model.vocab / plan_.tensor * 6;
    }
    Of(use_, TensorClass::kActivations) = Whole(bytes);
  }

  int Layers() const {
    int layers = 0;
    for (const int chunk : partition_.ChunksOf(stage_)) {
      layers += partition_.end_layer(chunk) - partition_.first_layer(chunk);
    }
    return layers;
  }

  void AddInference(const InferenceJob& job) {
    const RankParameters held = partition_.OfStage(stage_);
    const PrecisionPlan& precision = job.precision;
    Of(use_, TensorClass::kWeights) = Whole(held.total() * StorageBits(precision.weights) / 8);
    const int64_t sequences = CeilDiv<int64_t>(job.batch, plan_.data);
    Of(use_, TensorClass::kKvCache) = KvCacheBytes(scenario_.model, plan_, precision.kv, Layers(),
                                                   job.prompt_tokens + job.output_tokens) *
                                      sequences;
    const int64_t prompt = job.decode_only ? 1 : job.prompt_tokens;
    const int64_t tokens = std::min(plan_.micro_batch * prompt, kPrefillChunkTokens);
    const ModelSpec& model = scenario_.model;
    const double width = model.moe ? model.moe->experts_per_token * model.moe->expert_ffn
                                   : static_cast<double>(model.ffn) / plan_.tensor;
    const double values = 4.0 * model.hidden + (model.gated_ffn ? 3 : 2) * width;
    const double logits = 4.0 * plan_.micro_batch * model.vocab / plan_.tensor;
    Of(use_, TensorClass::kActivations) = Whole(
        static_cast<double>(tokens) * values * StorageBits(precision.activations) / 8 + logits);
  }

  // One communicator an axis in use; gathered parameters of two layers under ZeRO-3.
  void AddCommunication() {
    if (StaticLayout()) return;
    Bytes bytes;
    for (const Axis axis : {Axis::kTensor, Axis::kContext, Axis::kPipeline, Axis::kData}) {
      if (map_.GroupSize(axis) > 1) bytes += Bytes(kCommunicatorBytes);
    }
    if (scenario_.model.moe && plan_.expert > 1) bytes += Bytes(kCommunicatorBytes);
    if (plan_.zero_stage >= 3) {
      const int layer = partition_.first_layer(partition_.ChunksOf(stage_).front());
      bytes += Whole(2 * partition_.OfLayer(layer).total() * facts_.parameter_wire_bytes);
    }
    Of(use_, TensorClass::kCommunication) = bytes;
  }

  const ScenarioSpec& scenario_;
  const PlanSpec& plan_;
  int stage_;
  const FrameworkFacts& facts_;
  ModelPartition partition_;
  RankMap map_;
  MemoryUse use_;
};

}  // namespace

StateBytes StateBytesPerParameter(const FrameworkFacts& facts, int zero_stage, int shards) {
  const double share = 1.0 / shards;
  return {.weight = facts.weight_bytes * (zero_stage >= 3 ? share : 1),
          .gradient = facts.gradient_bytes * (zero_stage >= 2 ? share : 1),
          .optimizer = facts.optimizer_bytes * (zero_stage >= 1 ? share : 1)};
}

Bytes KvCacheBytes(const ModelSpec& model, const PlanSpec& completed, Precision kv, int layers,
                   int64_t tokens) {
  const double heads_here =
      model.mla ? 1 : static_cast<double>(CeilDiv(model.kv_heads, completed.tensor));
  const double share = model.mla ? 1 : heads_here / model.kv_heads;
  const int64_t local = RoundUp(CeilDiv<int64_t>(tokens, completed.context), kPageTokens);
  return Whole(KvBytesPerToken(model, kv) * layers / model.layers * share *
               static_cast<double>(local));
}

MemoryUse MemoryOfStage(const ScenarioSpec& scenario, const PlanSpec& completed, int stage) {
  return StageMemory(scenario, completed, stage).Sum();
}

absl::StatusOr<MemoryUse> MemoryOf(const ScenarioSpec& scenario, const PlanSpec& plan) {
  ScenarioSpec planned = scenario;
  planned.plan = plan;
  TESSERA_ASSIGN_OR_RETURN(const PlanSpec completed, CompletePlan(planned));
  MemoryUse fullest;
  for (int stage = 0; stage < completed.pipeline; ++stage) {
    const MemoryUse use = MemoryOfStage(scenario, completed, stage);
    if (stage == 0 || use.total > fullest.total) fullest = use;
  }
  return fullest;
}

}  // namespace tessera
