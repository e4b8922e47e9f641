#include "partition/training_chunks.h"

#include <algorithm>

#include "core/status_macros.h"
#include "partition/pass_time.h"
#include "partition/selective_recompute.h"

namespace tessera {
namespace {

ShardShape ShapeOf(const LoweringContext& context) {
  const auto& job = std::get<TrainingJob>(context.scenario.job);
  ShardShape shape;
  shape.batch = context.plan.micro_batch;
  shape.q_len = shape.kv_len = job.sequence;
  shape.tensor = context.plan.tensor;
  shape.context = context.plan.context;
  shape.split_heads = context.plan.context_exchange == ContextExchange::kUlysses;
  shape.sequence_parallel = context.plan.sequence_parallel;
  shape.training = true;
  shape.fused_attention = context.facts.fused_attention;
  shape.dropout = context.facts.dropout;
  shape.precision = job.precision;
  return shape;
}

TrainingBlock::ContextBytes ContextBytesOf(const ModelSpec& model, const ShardShape& shape) {
  const int64_t heads = std::max(1, model.kv_heads / shape.tensor);
  const int64_t values = model.mla ? model.mla->kv_lora_rank + model.mla->qk_rope_head_dim
                                   : 2 * heads * model.head_dim;
  const int64_t queries = int64_t{model.heads} * model.head_dim / shape.tensor;
  const auto bytes = [&shape](int64_t each) {
    return StorageBytes(shape.precision.activations, shape.batch * shape.q_len * each);
  };
  return {.queries = bytes(queries), .keys_and_values = bytes(values)};
}

std::vector<Operator> Concatenate(std::vector<Operator> first,
                                  const std::vector<Operator>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TrainingChunks::TrainingChunks(const LoweringContext& context, const ModelPartition& partition,
                               const DataAxis& data)
    : context_(context), partition_(partition), data_(data), shape_(ShapeOf(context)) {}

bool TrainingChunks::Windowed(int layer) const {
  const ModelSpec& model = context_.model();
  const int every = model.full_attention_every;
  return model.sliding_window > 0 && model.sliding_window < shape_.kv_len &&
         (every == 0 || layer % every != every - 1);
}

// A dense MLP that is not part of the attention block.
bool TrainingChunks::HasMlpBlock(int layer) const {
  return !IsMoeLayer(context_.model(), layer) && !context_.model().parallel_attention;
}

absl::StatusOr<TrainingChunks::LayerBlocks> TrainingChunks::MakeLayerBlocks(bool windowed) const {
  const ModelSpec& model = context_.model();
  ShardShape shape = shape_;
  if (windowed) shape.kv_len = model.sliding_window;
  std::vector<Operator> forward = AttentionForward(model, shape);
  std::vector<Operator> backward = AttentionBackward(model, shape);
  if (model.parallel_attention) {
    forward = Concatenate(std::move(forward), MlpForward(model, shape));
    backward = Concatenate(MlpBackward(model, shape), backward);
  }
  LayerBlocks blocks;
  blocks.attention = std::make_unique<TrainingBlock>(context_, shape_);
  blocks.attention->SetContextBytes(ContextBytesOf(model, shape_));
  TESSERA_RETURN_IF_ERROR(blocks.attention->SetOperators(forward, backward));
  if (context_.plan.recompute == Recompute::kSelective) {
    const std::vector<Operator> again = shape.fused_attention
                                            ? RepeatedBySelective(context_, forward)
                                            : AttentionCoreForward(model, shape);
    TESSERA_ASSIGN_OR_RETURN(const Work work, context_.Cost(again));
    blocks.again = work.As(OperatorClass::kRecompute);
  }
  return blocks;
}

absl::Status TrainingChunks::Prepare() {
  const ModelSpec& model = context_.model();
  TESSERA_ASSIGN_OR_RETURN(full_, MakeLayerBlocks(false));
  if (model.sliding_window > 0) {
    TESSERA_ASSIGN_OR_RETURN(windowed_, MakeLayerBlocks(true));
  }
  if (!model.moe || model.moe->moe_layers < model.layers) {
    mlp_ = std::make_unique<TrainingBlock>(context_, shape_);
    const std::vector<Operator> forward = MlpForward(model, shape_);
    TESSERA_RETURN_IF_ERROR(mlp_->SetOperators(forward, MlpBackward(model, shape_)));
    if (shape_.fused_attention) {
      TESSERA_ASSIGN_OR_RETURN(const Work again,
                               context_.Cost(RepeatedBySelective(context_, forward)));
      mlp_again_ = again.As(OperatorClass::kRecompute);
    }
  }
  if (model.moe) {
    sparse_ = std::make_unique<SparseBlock>(context_, shape_);
    TESSERA_RETURN_IF_ERROR(sparse_->Prepare());
    issue_ = SparseIssueTime(context_);
  }
  return PrepareEnds();
}

absl::Status TrainingChunks::PrepareEnds() {
  const ModelSpec& model = context_.model();
  const int64_t positions = shape_.q_len / shape_.context;
  TESSERA_ASSIGN_OR_RETURN(embedding_, context_.Cost(EmbeddingForward(model, shape_)));
  TESSERA_ASSIGN_OR_RETURN(embedding_gradient_, context_.Cost(EmbeddingBackward(model, shape_)));
  TESSERA_ASSIGN_OR_RETURN(head_, context_.Cost(HeadForward(model, shape_, positions)));
  TESSERA_ASSIGN_OR_RETURN(head_gradient_, context_.Cost(HeadBackward(model, shape_, positions)));
  if (model.mtp_layers == 0) return absl::OkStatus();
  // The 2h x h projection that merges hidden state and embedding of the next token.
  Operator projection;
  projection.kind = OperatorKind::kGemm;
  projection.category = OperatorClass::kAttentionProjection;
  projection.name = "prediction_projection";
  projection.m = shape_.batch * positions;
  projection.n = model.hidden / shape_.tensor;
  projection.k = 2 * model.hidden;
  projection.compute = projection.weights = projection.input = projection.output =
      shape_.precision.activations;
  TESSERA_ASSIGN_OR_RETURN(prediction_, context_.Cost({projection}));
  prediction_gradient_ = prediction_.Times(2);
  return absl::OkStatus();
}

absl::StatusOr<const std::vector<Instruction>*> TrainingChunks::Pass(const PassVariant& variant) {
  const auto found = passes_.find(variant);
  if (found != passes_.end()) return &found->second;
  InstructionWriter out = context_.Writer();
  TESSERA_RETURN_IF_ERROR(Write(out, variant));
  return &passes_.emplace(variant, out.Take()).first->second;
}

// Layers of the chunk in the order of the pass; parameters of the next one travel under this one.
absl::Status TrainingChunks::Write(InstructionWriter& out, const PassVariant& variant) {
  const bool weights_only = variant.part == BackwardPart::kWeightGradient;
  const RankParameters ends = partition_.OfEnds(variant.chunk);
  std::vector<int> layers;
  for (int l = partition_.first_layer(variant.chunk); l < partition_.end_layer(variant.chunk);
       ++l) {
    layers.push_back(l);
  }
  if (!variant.forward) std::reverse(layers.begin(), layers.end());
  if (variant.gather) {
    RankParameters head = ends;
    if (!layers.empty()) head += partition_.OfLayer(layers.front());
    data_.WriteGather(out, head);
    if (layers.empty()) data_.WaitForParameters(out);
  }
  if (variant.forward) WriteEmbedding(out, variant);
  if (!variant.forward && !weights_only) {
    TESSERA_RETURN_IF_ERROR(WritePrediction(out, variant));
    WriteHead(out, variant);
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    if (variant.gather) {
      data_.WaitForParameters(out);
      if (i + 1 < layers.size()) data_.WriteGather(out, partition_.OfLayer(layers[i + 1]));
    }
    TESSERA_RETURN_IF_ERROR(WriteLayer(out, variant, layers[i]));
    if (variant.reduce) data_.WriteGradients(out, partition_.OfLayer(layers[i]), variant.final);
  }
  if (variant.forward) {
    WriteHead(out, variant);
    return WritePrediction(out, variant);
  }
  if (!weights_only) WriteEmbedding(out, variant);
  if (variant.reduce) data_.WriteGradients(out, ends, variant.final);
  return absl::OkStatus();
}

// A sparse layer lasts as long as its kernels take to be issued, at least. Gradients of weights
// that a pass leaves for later are issued with those that it does not leave.
absl::Status TrainingChunks::WriteLayer(InstructionWriter& out, const PassVariant& variant,
                                        int layer) {
  const Duration issue = variant.forward ? issue_.forward : issue_.backward;
  const bool weights_only = variant.part == BackwardPart::kWeightGradient;
  if (!IsMoeLayer(context_.model(), layer) || issue == Duration{} || weights_only) {
    return WriteLayerWork(out, variant, layer);
  }
  InstructionWriter alone = context_.Writer();
  TESSERA_RETURN_IF_ERROR(WriteLayerWork(alone, variant, layer));
  const std::vector<Instruction> work = alone.Take();
  out.Append(work);
  const Duration device = TimeOf(work, context_.estimate).total;
  if (device >= issue) return absl::OkStatus();
  Work waiting;
  waiting.by_class[static_cast<size_t>(OperatorClass::kOther)].time = issue - device;
  out.Compute(waiting, "kernel issue");
  return absl::OkStatus();
}

absl::Status TrainingChunks::WriteLayerWork(InstructionWriter& out, const PassVariant& variant,
                                            int layer) {
  return variant.forward ? WriteLayerForward(out, variant, layer)
                         : WriteLayerBackward(out, variant, layer);
}

absl::Status TrainingChunks::WriteEnds(InstructionWriter& out, const PassVariant& variant) {
  if (variant.part == BackwardPart::kWeightGradient) return absl::OkStatus();
  WriteEmbedding(out, variant);
  WriteHead(out, variant);
  return WritePrediction(out, variant);
}

absl::Status TrainingChunks::WriteLayerForward(InstructionWriter& out, const PassVariant& variant,
                                               int layer) {
  BlocksOf(layer).attention->WriteForward(out);
  if (IsMoeLayer(context_.model(), layer)) {
    return sparse_->WriteForward(out, {layer, variant.position}, /*recompute=*/false);
  }
  if (HasMlpBlock(layer)) mlp_->WriteForward(out);
  return absl::OkStatus();
}

absl::Status TrainingChunks::WriteSelective(InstructionWriter& out, const PassVariant& variant,
                                            int layer) {
  Work again = BlocksOf(layer).again;
  if (HasMlpBlock(layer)) again.Add(mlp_again_);
  out.Compute(again, "recompute");
  if (!IsMoeLayer(context_.model(), layer) || !shape_.fused_attention) return absl::OkStatus();
  return sparse_->WriteSelective(out, {layer, variant.position});
}

absl::Status TrainingChunks::WriteRecompute(InstructionWriter& out, const PassVariant& variant,
                                            int layer) {
  if (variant.part == BackwardPart::kWeightGradient) return absl::OkStatus();
  switch (context_.plan.recompute) {
    case Recompute::kNone:
      return absl::OkStatus();
    case Recompute::kSelective:
      return WriteSelective(out, variant, layer);
    case Recompute::kFull:
      break;
  }
  BlocksOf(layer).attention->WriteRecompute(out);
  if (IsMoeLayer(context_.model(), layer)) {
    return sparse_->WriteForward(out, {layer, variant.position}, /*recompute=*/true);
  }
  if (HasMlpBlock(layer)) mlp_->WriteRecompute(out);
  return absl::OkStatus();
}

absl::Status TrainingChunks::WriteLayerBackward(InstructionWriter& out, const PassVariant& variant,
                                                int layer) {
  TESSERA_RETURN_IF_ERROR(WriteRecompute(out, variant, layer));
  if (IsMoeLayer(context_.model(), layer)) {
    TESSERA_RETURN_IF_ERROR(sparse_->WriteBackward(out, {layer, variant.position}, variant.part));
  } else if (HasMlpBlock(layer)) {
    mlp_->WriteBackward(out, variant.part);
  }
  BlocksOf(layer).attention->WriteBackward(out, variant.part);
  return absl::OkStatus();
}

// The table is split over the vocabulary: the looked-up rows are added up over the tensor group.
void TrainingChunks::WriteEmbedding(InstructionWriter& out, const PassVariant& variant) const {
  if (variant.chunk != 0) return;
  const Bytes stream = full_.attention->StreamBytes();
  const bool split = shape_.sequence_parallel;
  if (!variant.forward) {
    if (split) {
      out.Collective({CollectiveOp::kAllGather, Axis::kTensor, stream, "embedding backward"});
    }
    out.Compute(embedding_gradient_, "embedding backward");
    return;
  }
  out.Compute(embedding_, "embedding");
  out.Collective({split ? CollectiveOp::kReduceScatter : CollectiveOp::kAllReduce, Axis::kTensor,
                  stream, "embedding"});
}

// Output layer split over the vocabulary: three reductions of a number per token make the loss.
void TrainingChunks::WriteHead(InstructionWriter& out, const PassVariant& variant) const {
  if (variant.chunk != partition_.chunks() - 1) return;
  const Bytes stream = full_.attention->StreamBytes();
  const int64_t tokens = shape_.batch * (shape_.q_len / shape_.context);
  const bool split = shape_.sequence_parallel;
  const int32_t heads = 1 + context_.model().mtp_layers;
  const char* label = variant.forward ? "loss" : "loss backward";
  if (split) {
    out.Collective({CollectiveOp::kAllGather, Axis::kTensor, stream, label, -1, heads});
  }
  out.Compute((variant.forward ? head_ : head_gradient_).Times(heads), label);
  if (variant.forward) {
    out.Collective(
        {CollectiveOp::kAllReduce, Axis::kTensor, Bytes(4 * tokens), label, -1, 3 * heads});
    return;
  }
  out.Collective({split ? CollectiveOp::kReduceScatter : CollectiveOp::kAllReduce, Axis::kTensor,
                  stream, label, -1, heads});
}

// Multi-token prediction: a further layer of the last kind behind each merge.
absl::Status TrainingChunks::WritePrediction(InstructionWriter& out, const PassVariant& variant) {
  if (variant.chunk != partition_.chunks() - 1) return absl::OkStatus();
  const int layer = context_.model().layers - 1;
  for (int i = 0; i < context_.model().mtp_layers; ++i) {
    if (variant.forward) {
      out.Compute(prediction_, "token prediction");
      TESSERA_RETURN_IF_ERROR(WriteLayerForward(out, variant, layer));
    } else {
      TESSERA_RETURN_IF_ERROR(WriteLayerBackward(out, variant, layer));
      out.Compute(prediction_gradient_, "token prediction");
    }
  }
  return absl::OkStatus();
}

}  // namespace tessera
