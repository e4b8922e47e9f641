#include "partition/inference_program.h"

#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/integer.h"
#include "core/status_macros.h"
#include "partition/inference_step.h"

namespace tessera {
namespace {

// Pieces of a run of decode steps. Several micro-batches in a pipeline fill and drain once a piece,
// so they get more of them.
constexpr int64_t kPieces = 8;
constexpr int64_t kPipelinedPieces = 64;

// One step of every micro-batch.
struct Round {
  std::vector<std::unique_ptr<InferenceStep>>
      steps;  // One a micro-batch size: whole ones, the last.
  int32_t count = 1;
  bool prefill = false;
};

class InferenceLowering {
 public:
  InferenceLowering(const LoweringContext& context, const ModelPartition& partition)
      : context_(context),
        partition_(partition),
        job_(std::get<InferenceJob>(context.scenario.job)),
        microbatches_(static_cast<int>(MicrobatchCount(context.scenario, context.plan))),
        batch_(CeilDiv<int64_t>(job_.batch, context.plan.data)) {}

  absl::Status Prepare();
  bool uniform() const {
    return std::all_of(rounds_.begin(), rounds_.end(), [](const Round& round) {
      return std::all_of(round.steps.begin(), round.steps.end(),
                         [](const auto& step) { return step->uniform(); });
    });
  }
  absl::StatusOr<Program> Write(int stage, int position);

 private:
  absl::Status AddRound(StepShape shape, bool prefill);
  absl::Status AddDecodeRounds();
  InferenceStep& StepOf(const Round& round, int microbatch) const {
    return microbatch == microbatches_ - 1 ? *round.steps.back() : *round.steps.front();
  }
  int64_t SizeOf(int microbatch) const {
    const int64_t whole = context_.plan.micro_batch;
    return std::min(whole, batch_ - whole * microbatch);
  }
  absl::Status WriteMicrobatch(InstructionWriter& out, int round, int microbatch, int stage,
                               int position);
  void WriteToken(InstructionWriter& out, int round, int microbatch) const;
  Message StageMessage(int round, int microbatch, int peer, int from) const;
  Message TokenMessage(int round, int microbatch, int peer) const;
  Duration HostTime(int64_t sequences) const;

  const LoweringContext& context_;
  const ModelPartition& partition_;
  const InferenceJob& job_;
  int microbatches_;
  int64_t batch_;
  std::vector<Round> rounds_;
};

absl::Status InferenceLowering::AddRound(StepShape shape, bool prefill) {
  Round& round = rounds_.emplace_back();
  round.count = shape.count;
  round.prefill = prefill;
  for (const int microbatch : {0, microbatches_ - 1}) {
    shape.batch = SizeOf(microbatch);
    round.steps.push_back(std::make_unique<InferenceStep>(context_, partition_, shape));
    TESSERA_RETURN_IF_ERROR(round.steps.back()->Prepare());
    if (microbatches_ == 1) break;
  }
  return absl::OkStatus();
}

absl::Status InferenceLowering::AddDecodeRounds() {
  const int64_t steps =
      job_.decode_only ? std::max<int64_t>(1, job_.output_tokens) : job_.output_tokens - 1;
  const bool pipelined = context_.plan.pipeline > 1 && microbatches_ > 1;
  const int64_t pieces = std::min(steps, pipelined ? kPipelinedPieces : kPieces);
  for (int64_t piece = 0; piece < pieces; ++piece) {
    const int64_t begin = steps * piece / pieces;
    const int64_t end = steps * (piece + 1) / pieces;
    StepShape shape;
    shape.kv_len = job_.prompt_tokens + 1 + (begin + end - 1) / 2;
    shape.count = static_cast<int32_t>(end - begin);
    TESSERA_RETURN_IF_ERROR(AddRound(shape, /*prefill=*/false));
  }
  if (steps > pieces) {
    context_.assumptions.push_back(absl::StrCat("the ", steps, " decode steps are simulated in ",
                                                pieces, " pieces of equal cache length"));
  }
  return absl::OkStatus();
}

absl::Status InferenceLowering::Prepare() {
  if (!job_.decode_only) {
    StepShape shape;
    shape.q_len = shape.kv_len = job_.prompt_tokens;
    shape.phase = AttentionPhase::kPrefill;
    TESSERA_RETURN_IF_ERROR(AddRound(shape, /*prefill=*/true));
  }
  return AddDecodeRounds();
}

Message InferenceLowering::StageMessage(int round, int microbatch, int peer, int from) const {
  const Round& r = rounds_[static_cast<size_t>(round)];
  const int64_t q = r.prefill ? job_.prompt_tokens / context_.plan.context : 1;
  // Each tensor rank sends its share and the receiver gathers; the gather is part of the message.
  return {.peer = peer,
          .tag = (round * microbatches_ + microbatch) * (context_.plan.pipeline + 1) + from,
          .bytes = StorageBytes(job_.precision.activations,
                                SizeOf(microbatch) * q * context_.model().hidden),
          .label = "stage message",
          .count = r.count};
}

Message InferenceLowering::TokenMessage(int round, int microbatch, int peer) const {
  Message message = StageMessage(round, microbatch, peer, context_.plan.pipeline);
  message.bytes = Bytes(4 * SizeOf(microbatch));
  message.label = "token";
  return message;
}

Duration InferenceLowering::HostTime(int64_t sequences) const {
  const Duration given = context_.scenario.software.host_per_step;
  if (given > Duration{}) return given;
  return context_.facts.host_per_step + context_.facts.host_per_sequence * sequences;
}

// What the first stage does when the token of a round arrives.
void InferenceLowering::WriteToken(InstructionWriter& out, int round, int microbatch) const {
  if (context_.plan.pipeline > 1) {
    out.Receive(TokenMessage(round, microbatch, context_.plan.pipeline - 1));
  }
  if (microbatch != microbatches_ - 1) return;
  const Round& r = rounds_[static_cast<size_t>(round)];
  out.Mark(r.prefill ? kPrefillEndMark : kTokenMark, r.count);
}

absl::Status InferenceLowering::WriteMicrobatch(InstructionWriter& out, int round, int microbatch,
                                                int stage, int position) {
  const int last = context_.plan.pipeline - 1;
  const Round& r = rounds_[static_cast<size_t>(round)];
  out.SetMicrobatch(microbatch);
  if (stage > 0) out.Receive(StageMessage(round, microbatch, stage - 1, stage - 1));
  if (stage == 0 && round > 0) WriteToken(out, round - 1, microbatch);
  const Duration host_time = HostTime(SizeOf(microbatch));
  if (stage == 0 && host_time > Duration{}) {
    Work host;
    host.by_class[static_cast<size_t>(OperatorClass::kOther)].time = host_time * r.count;
    out.Compute(host, "host");
  }
  for (const int chunk : partition_.ChunksOf(stage)) {
    TESSERA_RETURN_IF_ERROR(StepOf(r, microbatch).Write(out, chunk, position));
  }
  if (stage < last) out.Send(StageMessage(round, microbatch, stage + 1, stage));
  if (stage == last && last > 0) out.Send(TokenMessage(round, microbatch, 0));
  return absl::OkStatus();
}

absl::StatusOr<Program> InferenceLowering::Write(int stage, int position) {
  InstructionWriter out = context_.Writer();
  const int rounds = static_cast<int>(rounds_.size());
  for (int round = 0; round < rounds; ++round) {
    for (int microbatch = 0; microbatch < microbatches_; ++microbatch) {
      TESSERA_RETURN_IF_ERROR(WriteMicrobatch(out, round, microbatch, stage, position));
    }
  }
  if (stage == 0) {
    for (int microbatch = 0; microbatch < microbatches_; ++microbatch) {
      WriteToken(out, rounds - 1, microbatch);
    }
  }
  return Program{out.Take()};
}

}  // namespace

absl::Status LowerInference(const LoweringContext& context, const ModelPartition& partition,
                            ProgramSet& set) {
  InferenceLowering lowering(context, partition);
  TESSERA_RETURN_IF_ERROR(lowering.Prepare());
  std::map<std::pair<int, int>, int32_t> known;
  for (int rank = 0; rank < context.map.ranks(); ++rank) {
    const RankCoordinates at = context.map.Coordinates(rank);
    const std::pair<int, int> key{at.pipeline, lowering.uniform() ? 0 : at.expert};
    const auto [it, inserted] = known.emplace(key, static_cast<int32_t>(set.programs.size()));
    if (inserted) {
      TESSERA_ASSIGN_OR_RETURN(Program program, lowering.Write(key.first, key.second));
      set.programs.push_back(std::move(program));
    }
    set.program_of_rank.push_back(it->second);
  }
  return absl::OkStatus();
}

}  // namespace tessera
