#include "partition/memory.h"

#include <algorithm>

#include "chips/sparse_cost.h"
#include "core/integer.h"
#include "core/status_macros.h"
#include "partition/draft.h"
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

// Chips without memory off the die are laid out whole by the compiler: no process, no buffers.
bool StaticLayout(const SystemSpec& system) { return system.chip.memory.empty(); }

ShardShape TrainingShape(const TrainingJob& job, const PlanSpec& plan,
                         const FrameworkFacts& facts) {
  ShardShape shape;
  shape.batch = plan.micro_batch;
  shape.q_len = shape.kv_len = job.sequence;
  shape.tensor = plan.tensor;
  shape.context = plan.context;
  shape.sequence_parallel = plan.sequence_parallel;
  shape.training = true;
  shape.fused_attention = facts.fused_attention;
  shape.dropout = facts.dropout;
  shape.precision = job.precision;
  return shape;
}

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

PlanMemory::PlanMemory(const ScenarioSpec& scenario)
    : scenario_(scenario),
      facts_(FrameworkFactsOf(scenario.software.framework, scenario.system.chip.year)) {}

const PlanMemory::Division& PlanMemory::DivisionOf(const PlanSpec& plan) {
  const int64_t microbatches = std::holds_alternative<TrainingJob>(scenario_.job)
                                   ? MicrobatchesForPeak(plan, MicrobatchCount(scenario_, plan))
                                   : 0;
  const std::array<int64_t, 7> key = {plan.tensor,         plan.expert,
                                      plan.expert_tensor,  plan.pipeline,
                                      plan.virtual_stages, static_cast<int64_t>(plan.schedule),
                                      microbatches};
  const auto [found, added] = divisions_.try_emplace(key);
  Division& division = found->second;
  if (!added) return division;
  const ModelPartition partition(scenario_.model, plan);
  std::vector<std::vector<HeldLayers>> held(static_cast<size_t>(plan.pipeline));
  if (microbatches > 0) held = HeldAtPeak(scenario_.model, plan, partition, microbatches);
  for (int s = 0; s < plan.pipeline; ++s) {
    const std::vector<int>& chunks = partition.ChunksOf(s);
    Stage& stage = division.stages.emplace_back();
    stage.stage = s;
    stage.parameters = partition.OfStage(s);
    for (const int chunk : chunks) {
      stage.layers += partition.end_layer(chunk) - partition.first_layer(chunk);
      stage.ends += partition.OfEnds(chunk).total();
      for (int l = partition.first_layer(chunk); l < partition.end_layer(chunk); ++l) {
        const double parameters = partition.OfLayer(l).total();
        stage.layer_parameters += parameters;
        stage.largest_parameters = std::max(stage.largest_parameters, parameters);
      }
    }
    stage.ends_sparse = IsMoeLayer(scenario_.model, partition.end_layer(chunks.back()) - 1);
    stage.holds_output = chunks.back() == partition.chunks() - 1;
    stage.layer_gather = partition.OfLayer(partition.first_layer(chunks.front())).total();
    stage.held = std::move(held[static_cast<size_t>(s)]);
  }
  for (size_t s = 0; s < division.stages.size(); ++s) {
    const Stage& stage = division.stages[s];
    const auto holds_as_much = [&](size_t earlier) {
      return division.stages[earlier].HoldsAsMuchAs(stage);
    };
    if (std::none_of(division.candidates.begin(), division.candidates.end(), holds_as_much)) {
      division.candidates.push_back(s);
    }
  }
  return division;
}

bool PlanMemory::Stage::HoldsAsMuchAs(const Stage& other) const {
  const auto covered = [this](const HeldLayers& inner) {
    return std::any_of(held.begin(), held.end(), [&](const HeldLayers& outer) {
      return outer[0] >= inner[0] && outer[1] >= inner[1];
    });
  };
  return parameters.dense >= other.parameters.dense &&
         parameters.expert >= other.parameters.expert && layers >= other.layers &&
         ends >= other.ends && largest_parameters >= other.largest_parameters &&
         ends_sparse == other.ends_sparse && holds_output >= other.holds_output &&
         layer_gather >= other.layer_gather &&
         std::all_of(other.held.begin(), other.held.end(), covered);
}

MemoryUse PlanMemory::OfStage(const PlanSpec& completed, int stage) {
  return Sum(completed, DivisionOf(completed).stages[static_cast<size_t>(stage)]);
}

MemoryUse PlanMemory::Fullest(const PlanSpec& completed) {
  const Division& division = DivisionOf(completed);
  MemoryUse fullest;
  for (const size_t candidate : division.candidates) {
    const MemoryUse use = Sum(completed, division.stages[candidate]);
    if (candidate == 0 || use.total > fullest.total) fullest = use;
  }
  return fullest;
}

MemoryUse PlanMemory::Sum(const PlanSpec& plan, const Stage& stage) const {
  MemoryUse use;
  if (std::holds_alternative<TrainingJob>(scenario_.job)) {
    AddStates(plan, stage, use);
    AddTrainingActivations(plan, stage, use);
  } else if (std::holds_alternative<InferenceJob>(scenario_.job)) {
    AddInference(plan, stage, use);
  }
  AddCommunication(plan, stage, use);
  const auto activations = static_cast<double>(Of(use, TensorClass::kActivations).count());
  const Bytes process = StaticLayout(scenario_.system) ? Bytes() : Bytes(kProcessBytes);
  Of(use, TensorClass::kReserved) = process + Whole(kFragmentation * activations);
  for (const Bytes bytes : use.by_class) use.total += bytes;
  use.capacity = CapacityOf(scenario_.system);
  use.rank = RankMap(plan, RanksOf(scenario_)).AtStage(0, stage.stage);
  return use;
}

void PlanMemory::AddStates(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const {
  const RankParameters& held = stage.parameters;
  const int replicas = RanksOf(scenario_) / plan.pipeline / (plan.expert * plan.expert_tensor);
  const StateBytes dense = StateBytesPerParameter(facts_, plan.zero_stage, plan.zero_group);
  const StateBytes expert =
      StateBytesPerParameter(facts_, plan.zero_stage, scenario_.model.moe ? replicas : 1);
  Of(use, TensorClass::kWeights) = Whole(held.dense * dense.weight + held.expert * expert.weight);
  Of(use, TensorClass::kGradients) =
      Whole(held.dense * dense.gradient + held.expert * expert.gradient);
  const Bytes optimizer = Whole(held.dense * dense.optimizer + held.expert * expert.optimizer);
  (plan.optimizer_offload ? use.on_host : Of(use, TensorClass::kOptimizer)) = optimizer;
}

// Selective recomputation drops the scores; where attention is fused and keeps none, the results of
// norms (half of what the residual stream leaves) and of activation functions (a half of the MLP's,
// a third with a gate).
double PlanMemory::LayerBytes(const PlanSpec& plan, bool sparse, Recompute recompute) const {
  const ShardShape shape = TrainingShape(std::get<TrainingJob>(scenario_.job), plan, facts_);
  ActivationBytes kept = ActivationBytesPerLayer(scenario_.model, shape, sparse, recompute);
  if (recompute == Recompute::kSelective && shape.fused_attention) {
    kept.replicated /= 2;
    kept.mlp *= scenario_.model.gated_ffn ? 2.0 / 3 : 0.5;
  }
  return kept.Total();
}

void PlanMemory::AddTrainingActivations(const PlanSpec& plan, const Stage& stage,
                                        MemoryUse& use) const {
  const ModelSpec& model = scenario_.model;
  const bool some_dense = !model.moe || model.moe->moe_layers < model.layers;
  const std::array<double, 2> layer = {some_dense ? LayerBytes(plan, false, plan.recompute) : 0.0,
                                       model.moe ? LayerBytes(plan, true, plan.recompute) : 0.0};
  double bytes = PeakBytes(stage.held, layer);
  // The layer whose forward pass is being repeated is held whole.
  if (plan.recompute == Recompute::kFull) {
    bytes += LayerBytes(plan, stage.ends_sparse, Recompute::kNone);
  }
  if (stage.holds_output) {
    // Logits in 16 bits and their fp32 copy.
    const auto& job = std::get<TrainingJob>(scenario_.job);
    const int64_t positions = job.sequence / plan.context;
    const auto tokens = static_cast<double>(plan.micro_batch * positions);
    bytes += tokens * model.vocab / plan.tensor * 6;
  }
  Of(use, TensorClass::kActivations) = Whole(bytes);
}

void PlanMemory::AddInference(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const {
  const auto& job = std::get<InferenceJob>(scenario_.job);
  const PrecisionPlan& precision = job.precision;
  const double each = StorageBits(precision.weights) / 8;
  const double share = StoredShare(scenario_.generation.sparsity, precision.weights);
  const double stored = stage.ends + (stage.parameters.total() - stage.ends) * share;
  // Of what lies on the host, the layer in use and the next one are here.
  const double kept =
      plan.weights_offload ? std::min(stage.layer_parameters, 2 * stage.largest_parameters) : 0;
  const double away = plan.weights_offload ? (stage.layer_parameters - kept) * share : 0;
  Of(use, TensorClass::kWeights) = Whole((stored - away) * each);
  use.on_host = Whole(away * each);
  const auto cache = [&](int layers, int64_t sequences) {
    return KvCacheBytes(scenario_.model, plan, precision.kv, layers,
                        job.prompt_tokens + job.output_tokens) *
           sequences;
  };
  const int64_t sequences = CeilDiv<int64_t>(job.batch, plan.data);
  const Bytes whole = cache(stage.layers, sequences);
  const Bytes here = plan.kv_offload
                         ? std::min(whole, cache(std::min(2, stage.layers),
                                                 std::min<int64_t>(plan.micro_batch, sequences)))
                         : whole;
  Of(use, TensorClass::kKvCache) = here;
  use.on_host += whole - here;
  const int64_t prompt = job.decode_only ? 1 : job.prompt_tokens;
  const int64_t tokens = std::min(plan.micro_batch * prompt, kPrefillChunkTokens);
  const ModelSpec& model = scenario_.model;
  const double width = model.moe ? model.moe->experts_per_token * model.moe->expert_ffn
                                 : static_cast<double>(model.ffn) / plan.tensor;
  const double values = 4.0 * model.hidden + (model.gated_ffn ? 3 : 2) * width;
  const double logits = 4.0 * plan.micro_batch * model.vocab / plan.tensor;
  Of(use, TensorClass::kActivations) =
      Whole(static_cast<double>(tokens) * values * StorageBits(precision.activations) / 8 + logits);
  AddDraft(plan, stage, use);
}

void PlanMemory::AddDraft(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const {
  const std::optional<ScenarioSpec> draft = DraftScenario(scenario_, plan);
  if (!draft) return;
  const MemoryUse more = PlanMemory(*draft).OfStage(draft->plan, stage.stage);
  for (const TensorClass held : {TensorClass::kWeights, TensorClass::kKvCache}) {
    Of(use, held) += more.by_class[static_cast<size_t>(held)];
  }
}

// One communicator an axis in use; gathered parameters of two layers under ZeRO-3.
void PlanMemory::AddCommunication(const PlanSpec& plan, const Stage& stage, MemoryUse& use) const {
  if (StaticLayout(scenario_.system)) return;
  Bytes bytes;
  for (const int degree : {plan.tensor, plan.context, plan.pipeline, plan.data * plan.context,
                           scenario_.model.moe ? plan.expert : 1}) {
    if (degree > 1) bytes += Bytes(kCommunicatorBytes);
  }
  if (plan.zero_stage >= 3) bytes += Whole(2 * stage.layer_gather * facts_.parameter_wire_bytes);
  Of(use, TensorClass::kCommunication) = bytes;
}

MemoryUse MemoryOfStage(const ScenarioSpec& scenario, const PlanSpec& completed, int stage) {
  return PlanMemory(scenario).OfStage(completed, stage);
}

absl::StatusOr<MemoryUse> MemoryOf(const ScenarioSpec& scenario, const PlanSpec& plan) {
  ScenarioSpec planned = scenario;
  planned.plan = plan;
  TESSERA_ASSIGN_OR_RETURN(const PlanSpec completed, CompletePlan(planned));
  return PlanMemory(scenario).Fullest(completed);
}

}  // namespace tessera
