#include "partition/inference_step.h"

#include <algorithm>
#include <cmath>

#include "chips/sparse_cost.h"
#include "core/integer.h"
#include "core/status_macros.h"
#include "partition/host_transfer.h"
#include "partition/interleave.h"
#include "partition/memory.h"
#include "workload/conditional.h"

namespace tessera {
namespace {

constexpr char kLayerLabel[] = "layer";

}  // namespace

InferenceStep::InferenceStep(const LoweringContext& context, const ModelPartition& partition,
                             const StepShape& step)
    : context_(context), partition_(partition), step_(step), halves_(1) {
  const bool sparse = context.model().moe.has_value();
  if (sparse && context.plan.overlap_expert && step.batch > 1) halves_ = 2;
  shape_.batch = CeilDiv<int64_t>(step.batch, halves_);
  shape_.q_len = step.q_len;
  shape_.kv_len = step.kv_len;
  shape_.tensor = context.plan.tensor;
  shape_.context = context.plan.context;
  shape_.phase = step.phase;
  shape_.precision = context.precision();
  const bool streams = context.facts.streams_weights && step.phase == AttentionPhase::kDecode;
  if (streams && halves_ == 1) room_ = StreamingRoom(context.chip.spec());
  if (!sparse) return;
  const bool decodes = step.phase == AttentionPhase::kDecode;
  const ExpertExchange::Params exchange{
      .tokens = shape_.batch * (decodes ? step.q_len : step.q_len / context.plan.context),
      .mode = decodes ? ExchangeMode::kLowLatency : ExchangeMode::kHighThroughput};
  exchange_ = std::make_unique<ExpertExchange>(context, exchange);
}

absl::StatusOr<Work> InferenceStep::Cost(absl::Span<const Operator> operators) const {
  if (step_.phase != AttentionPhase::kDecode) return context_.Cost(operators);
  // Memory sets the pace of decode steps; the matrix unit stays cool.
  const ChipUse use{.launch = context_.facts.launch,
                    .chip_share = 1.0 / context_.scenario.system.ranks_per_chip};
  return CostOf(context_.Launched(operators), context_.chip, use, MatrixFraction{});
}

void InferenceStep::CountRuns() {
  const auto layers = static_cast<size_t>(context_.model().layers);
  runs_.assign(layers, step_.count);
  if (!step_.leaves_early) return;
  std::vector<double> leave(layers);
  for (const EarlyExitSpec& exit : context_.scenario.generation.early_exit) {
    leave[static_cast<size_t>(exit.after_layer) - 1] = exit.probability;
  }
  double due = 0;
  int64_t done = 0;
  const std::vector<double> chances = LayerChances(leave, step_.batch);
  for (size_t layer = 0; layer < layers; ++layer) {
    due += chances[layer] * step_.count;
    runs_[layer] = static_cast<int32_t>(std::llround(due) - done);
    done += runs_[layer];
  }
}

bool InferenceStep::Windowed(int layer) const {
  const ModelSpec& model = context_.model();
  return model.sliding_window > 0 && model.sliding_window < step_.kv_len &&
         (model.full_attention_every == 0 ||
          layer % model.full_attention_every != model.full_attention_every - 1);
}

absl::StatusOr<Work> InferenceStep::AttentionWork(bool windowed) const {
  ShardShape shape = shape_;
  if (windowed) shape.kv_len = std::min<int64_t>(shape.kv_len, context_.model().sliding_window);
  return Cost(AttentionForward(context_.model(), shape));
}

absl::Status InferenceStep::Prepare() {
  CountRuns();
  const ModelSpec& model = context_.model();
  TESSERA_ASSIGN_OR_RETURN(full_, AttentionWork(false));
  if (model.sliding_window > 0) {
    TESSERA_ASSIGN_OR_RETURN(windowed_, AttentionWork(true));
  }
  if (!model.moe || model.moe->moe_layers < model.layers) {
    TESSERA_ASSIGN_OR_RETURN(mlp_, Cost(MlpForward(model, shape_)));
  }
  if (model.moe) {
    TESSERA_ASSIGN_OR_RETURN(router_, Cost(RouterForward(model, shape_)));
  }
  ShardShape whole = shape_;
  whole.batch = step_.batch;
  TESSERA_ASSIGN_OR_RETURN(embedding_, Cost(EmbeddingForward(model, whole)));
  TESSERA_ASSIGN_OR_RETURN(head_, Cost(HeadForward(model, whole, step_.positions)));
  return absl::OkStatus();
}

Bytes InferenceStep::StreamBytes() const {
  const int64_t q = step_.phase == AttentionPhase::kDecode
                        ? step_.q_len
                        : CeilDiv<int64_t>(step_.q_len, context_.plan.context);
  return StorageBytes(shape_.precision.activations, shape_.batch * q * context_.model().hidden);
}

CollectiveCall InferenceStep::Counted(CollectiveCall call, int32_t runs) {
  call.count = runs;
  return call;
}

CollectiveCall InferenceStep::AllReduce(const char* label, int32_t runs) const {
  return Counted({CollectiveOp::kAllReduce, Axis::kTensor, StreamBytes(), label}, runs);
}

void InferenceStep::WriteAttention(WeightStream& out, int layer) const {
  const ModelSpec& model = context_.model();
  const int64_t heads = std::max(1, model.kv_heads / context_.plan.tensor);
  const int64_t values = model.mla ? model.mla->kv_lora_rank + model.mla->qk_rope_head_dim
                                   : 2 * heads * model.head_dim;
  const int64_t query_values = model.heads / context_.plan.tensor * (model.head_dim + 1);
  const Bytes exchanged =
      step_.phase == AttentionPhase::kDecode
          ? StorageBytes(shape_.precision.activations,
                         shape_.batch * step_.q_len * query_values * context_.plan.context)
          : StorageBytes(shape_.precision.kv, shape_.batch * step_.q_len * values);
  const int32_t runs = RunsOf(layer);
  out.Compute(Attention(layer).Times(runs), kLayerLabel);
  out.Rest().Collective(
      Counted({CollectiveOp::kAllGather, Axis::kContext, exchanged, "context exchange"}, runs));
}

// What comes from the host for one step of a layer: its weights, once for both halves, and the
// cache of the sequences at hand. A prefill writes the cache, over the other direction of the link.
Bytes InferenceStep::HostBytes(int layer) const {
  const PlanSpec& plan = context_.plan;
  Bytes bytes;
  if (plan.weights_offload) {
    bytes = Bytes(static_cast<int64_t>(
                      partition_.OfLayer(layer).total() *
                      StoredShare(context_.scenario.generation.sparsity, shape_.precision.weights) *
                      StorageBits(shape_.precision.weights) / 8) /
                  halves_);
  }
  if (!plan.kv_offload) return bytes;
  const int64_t tokens = Windowed(layer)
                             ? std::min<int64_t>(step_.kv_len, context_.model().sliding_window)
                             : step_.kv_len;
  const Bytes cache =
      KvCacheBytes(context_.model(), plan, shape_.precision.kv, 1, tokens) * shape_.batch;
  return step_.phase == AttentionPhase::kDecode ? bytes + cache : std::max(bytes, cache);
}

void InferenceStep::WriteHostTransfer(WeightStream& out, int layer, int32_t runs) const {
  const Work& rest = IsMoeLayer(context_.model(), layer) ? router_ : mlp_;
  const Duration cover = (Attention(layer).Total() + rest.Total()) * runs;
  out.Compute(ExposedHostTransfer(context_, HostBytes(layer) * runs, cover), "host transfer");
}

absl::Status InferenceStep::WriteLayer(WeightStream& out, int layer, int position) {
  const int32_t runs = RunsOf(layer);
  if (runs == 0) return absl::OkStatus();
  const bool sparse = IsMoeLayer(context_.model(), layer);
  WriteHostTransfer(out, layer, runs);
  WriteAttention(out, layer);
  if (sparse || !context_.model().parallel_attention) out.AllReduce(AllReduce(kLayerLabel, runs));
  if (sparse) return WriteSparse(out, layer, position);
  out.Compute(mlp_.Times(runs), kLayerLabel);
  out.AllReduce(AllReduce(kLayerLabel, runs));
  return absl::OkStatus();
}

absl::Status InferenceStep::WriteSparse(WeightStream& stream, int layer, int position) {
  const LayerRouting& routing = exchange_->Of(layer);
  TESSERA_ASSIGN_OR_RETURN(
      const Work experts,
      Cost(ExpertsForward(context_.model(), shape_.precision, exchange_->RowsAt(routing, position),
                          context_.plan.expert_tensor)));
  const Bytes parts = exchange_->ExpertTensorBytes();
  const int32_t runs = RunsOf(layer);
  stream.Compute(router_.Times(runs), kLayerLabel);
  InstructionWriter& out = stream.Rest();
  const auto collect = [&](CollectiveOp op, Axis axis, Bytes bytes) {
    out.Collective(Counted({op, axis, bytes, kLayerLabel}, runs));
  };
  out.Collective(Counted(routing.dispatch, runs));
  collect(CollectiveOp::kAllGather, Axis::kExpertTensor, parts);
  out.Compute(experts.Times(runs), kLayerLabel);
  collect(CollectiveOp::kReduceScatter, Axis::kExpertTensor, parts);
  out.Collective(Counted(routing.combine, runs));
  collect(exchange_->local() ? CollectiveOp::kAllReduce : CollectiveOp::kAllGather, Axis::kTensor,
          StreamBytes());
  return absl::OkStatus();
}

// One half computes with the cores that the exchange of the other leaves. Low-latency kernels take
// none, and what the all-to-all of a library takes from inference is not known.
double InferenceStep::ExchangeStretch() const {
  const ExchangeFamily* kernels = exchange_->kernels();
  return kernels == nullptr ? 1 : context_.StretchBeside(kernels->cores);
}

absl::Status InferenceStep::Write(InstructionWriter& out, int chunk, int position) {
  if (chunk == 0) {
    out.Compute(embedding_.Times(step_.count), "embedding");
    out.Collective(AllReduce("embedding", step_.count));
  }
  InstructionWriter layers = context_.Writer();
  WeightStream stream(layers, room_);
  for (int layer = partition_.first_layer(chunk); layer < partition_.end_layer(chunk); ++layer) {
    TESSERA_RETURN_IF_ERROR(WriteLayer(stream, layer, position));
  }
  stream.Rest();
  const std::vector<Instruction> half = layers.Take();
  out.Append(halves_ == 2 ? Interleave(half, half, ExchangeStretch()) : half);
  if (chunk != partition_.chunks() - 1) return absl::OkStatus();
  out.Compute(head_.Times(step_.count), "output layer");
  const Bytes logits = StorageBytes(shape_.precision.activations,
                                    step_.batch * step_.positions * context_.model().vocab);
  out.Collective(Counted({CollectiveOp::kAllGather, Axis::kTensor, logits, "logits"}, step_.count));
  return absl::OkStatus();
}

}  // namespace tessera
