#include "partition/training_program.h"

#include <map>

#include "absl/types/span.h"
#include "core/status_macros.h"
#include "partition/interleave.h"
#include "partition/pipeline/execution.h"
#include "partition/pipeline/pipeline_order.h"
#include "partition/training_chunks.h"

namespace tessera {
namespace {

class StageProgram {
 public:
  StageProgram(const LoweringContext& context, const ModelPartition& partition,
               const DataAxis& data, TrainingChunks& chunks)
      : context_(context),
        partition_(partition),
        data_(data),
        chunks_(chunks),
        params_{.stages = context.plan.pipeline,
                .microbatches = static_cast<int>(MicrobatchCount(context.scenario, context.plan)),
                .chunks_per_stage = context.plan.virtual_stages},
        order_(MakePipelineOrder(context.plan.schedule, params_)),
        splits_(SplitsBackward(context.plan.schedule)) {}

  absl::StatusOr<Program> Write(int stage, int position);

 private:
  // Where a pass stands among those of its chunk and kind on this stage.
  struct Turn {
    bool first = false, last = false;
  };
  std::vector<Turn> TurnsOf(const std::vector<Pass>& passes) const;

  absl::Status WritePass(InstructionWriter& out, const Pass& pass, const Turn& turn, int position);
  // A forward pass and the backward pass that runs interleaved with it.
  absl::Status WritePair(InstructionWriter& out, absl::Span<const Pass> pair,
                         absl::Span<const Turn> turns, int position);
  PassVariant VariantOf(const Pass& pass, const Turn& turn, int position) const;
  double ExchangeStretch() const;
  void WriteReceive(InstructionWriter& out, const Pass& pass) const;
  void WriteSend(InstructionWriter& out, const Pass& pass) const;
  absl::Status WriteStepEnd(InstructionWriter& out, int stage) const;

  // Stage of the chunk before (-1) or after (+1) in the pass's direction; -1: none.
  int Neighbour(const Pass& pass, int step) const;
  int Tag(const Pass& pass, int from_chunk) const;
  Bytes MessageBytes() const;
  bool Scatters() const {
    return context_.facts.scatters_pipeline_messages && !context_.plan.sequence_parallel;
  }

  const LoweringContext& context_;
  const ModelPartition& partition_;
  const DataAxis& data_;
  TrainingChunks& chunks_;
  PipelineParams params_;
  PipelineOrder order_;
  bool splits_;
};

std::vector<StageProgram::Turn> StageProgram::TurnsOf(const std::vector<Pass>& passes) const {
  std::vector<Turn> turns(passes.size());
  std::map<int, size_t> last_forward_seen, last_backward;
  for (size_t i = 0; i < passes.size(); ++i) {
    const Pass& pass = passes[i];
    if (pass.kind == PassKind::kForward) {
      turns[i].first = last_forward_seen.emplace(pass.chunk, i).second;
    } else if (FreesActivations(context_.plan.schedule, pass)) {
      last_backward[pass.chunk] = i;
    }
  }
  for (const auto& [chunk, i] : last_backward) turns[i].last = true;
  return turns;
}

int StageProgram::Neighbour(const Pass& pass, int step) const {
  Pass neighbour = pass;
  neighbour.chunk += step;
  if (neighbour.chunk < 0 || neighbour.chunk >= partition_.chunks()) return -1;
  return StageOfChunk(context_.plan.schedule, params_, neighbour);
}

// Unique for (micro-batch, sending chunk, direction).
int StageProgram::Tag(const Pass& pass, int from_chunk) const {
  const int direction = pass.kind == PassKind::kForward ? 0 : 1;
  return (pass.microbatch * partition_.chunks() + from_chunk) * 2 + direction;
}

Bytes StageProgram::MessageBytes() const {
  const ShardShape& shape = chunks_.shape();
  const int64_t rows = shape.batch * (shape.q_len / shape.context);
  const Bytes whole = StorageBytes(shape.precision.activations, rows * context_.model().hidden);
  const bool split = context_.plan.sequence_parallel || Scatters();
  return split ? Bytes(whole.count() / context_.plan.tensor) : whole;
}

void StageProgram::WriteReceive(InstructionWriter& out, const Pass& pass) const {
  if (pass.kind == PassKind::kWeightGradient) return;
  const int step = pass.kind == PassKind::kForward ? -1 : 1;
  const int from = Neighbour(pass, step);
  if (from < 0 || from == Neighbour(pass, 0)) return;
  out.Receive({.peer = from,
               .tag = Tag(pass, pass.chunk + step),
               .bytes = MessageBytes(),
               .label = "stage message"});
  if (!Scatters()) return;
  out.Collective({.op = CollectiveOp::kAllGather,
                  .axis = Axis::kTensor,
                  .bytes = MessageBytes() * context_.plan.tensor,
                  .label = "stage message"});
}

void StageProgram::WriteSend(InstructionWriter& out, const Pass& pass) const {
  if (pass.kind == PassKind::kWeightGradient) return;
  const int to = Neighbour(pass, pass.kind == PassKind::kForward ? 1 : -1);
  if (to < 0 || to == Neighbour(pass, 0)) return;
  out.Send({.peer = to,
            .tag = Tag(pass, pass.chunk),
            .bytes = MessageBytes(),
            .label = "stage message",
            .blocking = !context_.facts.overlaps_pipeline});
}

PassVariant StageProgram::VariantOf(const Pass& pass, const Turn& turn, int position) const {
  PassVariant variant{
      .chunk = pass.chunk, .position = position, .forward = pass.kind == PassKind::kForward};
  if (data_.gathers_every_pass()) variant.gather = pass.kind != PassKind::kWeightGradient;
  if (variant.forward) {
    variant.gather |= data_.gathers_after_step() && data_.overlaps() && turn.first;
    return variant;
  }
  if (FreesActivations(context_.plan.schedule, pass)) {
    const bool in_buckets = data_.overlaps() && turn.last;
    variant.reduce = data_.active() && (in_buckets || data_.reduces_every_pass());
    variant.final = turn.last;
  }
  if (pass.kind == PassKind::kWeightGradient) {
    variant.part = BackwardPart::kWeightGradient;
  } else if (splits_ && !pass.whole) {
    variant.part = BackwardPart::kInputGradient;
  }
  return variant;
}

absl::Status StageProgram::WritePass(InstructionWriter& out, const Pass& pass, const Turn& turn,
                                     int position) {
  out.SetMicrobatch(pass.microbatch);
  WriteReceive(out, pass);
  TESSERA_ASSIGN_OR_RETURN(const std::vector<Instruction>* body,
                           chunks_.Pass(VariantOf(pass, turn, position)));
  out.Append(*body);
  WriteSend(out, pass);
  out.SetMicrobatch(-1);
  return absl::OkStatus();
}

absl::Status StageProgram::WritePair(InstructionWriter& out, absl::Span<const Pass> pair,
                                     absl::Span<const Turn> turns, int position) {
  out.SetMicrobatch(pair[0].microbatch);
  WriteReceive(out, pair[0]);
  WriteReceive(out, pair[1]);
  TESSERA_ASSIGN_OR_RETURN(const std::vector<Instruction>* forward,
                           chunks_.Pass(VariantOf(pair[0], turns[0], position)));
  TESSERA_ASSIGN_OR_RETURN(const std::vector<Instruction>* backward,
                           chunks_.Pass(VariantOf(pair[1], turns[1], position)));
  out.Append(Interleave(*backward, *forward, ExchangeStretch()));
  WriteSend(out, pair[0]);
  WriteSend(out, pair[1]);
  out.SetMicrobatch(-1);
  return absl::OkStatus();
}

// Computation beside exchange kernels has the cores that those leave.
double StageProgram::ExchangeStretch() const {
  if (!context_.model().moe || context_.plan.expert == 1) return 1;
  const ExchangeFamily* kernels =
      context_.scenario.software.exchange.For(ExchangeMode::kHighThroughput);
  const bool known = kernels != nullptr && kernels->cores > 0;
  return context_.StretchBeside(known ? kernels->cores : context_.facts.communication_cores);
}

absl::Status StageProgram::WriteStepEnd(InstructionWriter& out, int stage) const {
  const RankParameters held = partition_.OfStage(stage);
  const bool reduced = data_.overlaps() || data_.reduces_every_pass();
  if (!reduced) data_.WriteGradients(out, held, /*final=*/true);
  data_.WaitForGradients(out);
  data_.WriteLateGradients(out, held);
  const bool holds_table = stage == 0 || stage == params_.stages - 1;
  if (holds_table) {
    const double table = partition_.TiedTable() * context_.facts.gradient_wire_bytes;
    out.Collective({.op = CollectiveOp::kAllReduce,
                    .axis = Axis::kEmbedding,
                    .bytes = Bytes(static_cast<int64_t>(table)),
                    .label = "tied embedding gradient"});
  }
  TESSERA_RETURN_IF_ERROR(data_.WriteOptimizer(out, held));
  if (data_.gathers_after_step() && !data_.overlaps()) data_.WriteGather(out, held);
  out.Mark(kStepEndMark);
  return absl::OkStatus();
}

absl::StatusOr<Program> StageProgram::Write(int stage, int position) {
  InstructionWriter out = context_.Writer();
  const std::vector<Pass>& passes = order_[static_cast<size_t>(stage)];
  const std::vector<Turn> turns = TurnsOf(passes);
  for (size_t i = 0; i < passes.size(); ++i) {
    if (!passes[i].paired) {
      TESSERA_RETURN_IF_ERROR(WritePass(out, passes[i], turns[i], position));
      continue;
    }
    TESSERA_RETURN_IF_ERROR(WritePair(out, absl::MakeConstSpan(passes).subspan(i, 2),
                                      absl::MakeConstSpan(turns).subspan(i, 2), position));
    ++i;
  }
  TESSERA_RETURN_IF_ERROR(WriteStepEnd(out, stage));
  return Program{out.Take()};
}

}  // namespace

absl::Status LowerTraining(const LoweringContext& context, const ModelPartition& partition,
                           ProgramSet& set) {
  const DataAxis data(context);
  TrainingChunks chunks(context, partition, data);
  TESSERA_RETURN_IF_ERROR(chunks.Prepare());
  StageProgram writer(context, partition, data, chunks);
  std::map<std::pair<int, int>, int32_t> known;
  for (int rank = 0; rank < context.map.ranks(); ++rank) {
    const RankCoordinates at = context.map.Coordinates(rank);
    const std::pair<int, int> key{at.pipeline, chunks.uniform() ? 0 : at.expert};
    const auto [it, inserted] = known.emplace(key, static_cast<int32_t>(set.programs.size()));
    if (inserted) {
      TESSERA_ASSIGN_OR_RETURN(Program program, writer.Write(key.first, key.second));
      set.programs.push_back(std::move(program));
    }
    set.program_of_rank.push_back(it->second);
  }
  return absl::OkStatus();
}

}  // namespace tessera
