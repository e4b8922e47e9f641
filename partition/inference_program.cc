#include "partition/inference_program.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/integer.h"
#include "core/status_macros.h"
#include "partition/draft.h"
#include "partition/inference_step.h"
#include "workload/conditional.h"

namespace tessera {
namespace {

// Pieces of a run of decode steps. Several micro-batches in a pipeline fill and drain once a piece,
// so they get more of them.
constexpr int64_t kPieces = 8;
constexpr int64_t kPipelinedPieces = 64;

// One step of every micro-batch.
struct Round {
  enum class Kind : uint8_t { kPrefill, kDraft, kToken };
  Kind kind = Kind::kToken;
  const LoweringContext* context = nullptr;  // Of the model that runs.
  const ModelPartition* partition = nullptr;
  StepShape shape{};  // Of a whole micro-batch.
  // One a micro-batch size: whole ones, the last.
  std::vector<std::unique_ptr<InferenceStep>> steps{};
  std::vector<std::unique_ptr<InferenceStep>> plain{};  // Whose computation drafts are a share of.
};

// What `instructions` compute, times `share`.
Work ComputationOf(const std::vector<Instruction>& instructions, double share) {
  Work work;
  for (const Instruction& i : instructions) {
    if (i.kind != InstructionKind::kCompute) continue;
    ClassWork& part = work.by_class[static_cast<size_t>(i.category)];
    part.time += CeilSeconds(ToSeconds(i.duration) * share);
    part.matrix_flops += i.matrix_flops * share;
    const double bytes = static_cast<double>(i.memory_bytes.count()) * share;
    part.memory_bytes += Bytes(static_cast<int64_t>(bytes));
  }
  return work;
}

class InferenceLowering {
 public:
  InferenceLowering(const LoweringContext& context, const ModelPartition& partition)
      : context_(context),
        partition_(partition),
        job_(std::get<InferenceJob>(context.scenario.job)),
        generation_(context.scenario.generation),
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
  using Steps = std::vector<std::unique_ptr<InferenceStep>>;
  absl::Status AddRound(Round round);
  absl::StatusOr<Steps> StepsOf(const Round& round, StepShape shape) const;
  absl::Status AddPromptRounds();
  absl::Status AddDecodeRounds();
  absl::Status AddDecodePiece(int32_t steps, int64_t cached);
  int64_t DecodeSteps(int64_t tokens) const;
  InferenceStep& StepOf(const Steps& steps, int microbatch) const {
    return microbatch == microbatches_ - 1 ? *steps.back() : *steps.front();
  }
  int64_t SizeOf(int microbatch) const {
    const int64_t whole = context_.plan.micro_batch;
    return std::min(whole, batch_ - whole * microbatch);
  }
  absl::Status WriteMicrobatch(InstructionWriter& out, int round, int microbatch, int stage,
                               int position);
  absl::Status WriteDraftShare(InstructionWriter& out, const Round& round, int microbatch,
                               int chunk, int position) const;
  void WriteToken(InstructionWriter& out, int round, int microbatch) const;
  Message StageMessage(int round, int microbatch, int peer, int from) const;
  Message TokenMessage(int round, int microbatch, int peer) const;
  Duration HostTime(int64_t sequences) const;

  const LoweringContext& context_;
  const ModelPartition& partition_;
  const InferenceJob& job_;
  const GenerationSpec& generation_;
  int microbatches_;
  int64_t batch_;
  std::unique_ptr<Draft> draft_;  // Null: no model drafts.
  std::vector<Round> rounds_;
};

absl::StatusOr<InferenceLowering::Steps> InferenceLowering::StepsOf(const Round& round,
                                                                    StepShape shape) const {
  Steps steps;
  for (const int microbatch : {0, microbatches_ - 1}) {
    shape.batch = SizeOf(microbatch);
    steps.push_back(std::make_unique<InferenceStep>(*round.context, *round.partition, shape));
    TESSERA_RETURN_IF_ERROR(steps.back()->Prepare());
    if (microbatches_ == 1) break;
  }
  return steps;
}

absl::Status InferenceLowering::AddRound(Round round) {
  if (round.context == nullptr) {
    round.context = &context_;
    round.partition = &partition_;
  }
  TESSERA_ASSIGN_OR_RETURN(round.steps, StepsOf(round, round.shape));
  const bool drafts_by_share = generation_.speculation && draft_ == nullptr;
  if (round.kind == Round::Kind::kToken && drafts_by_share) {
    StepShape shape = round.shape;
    shape.q_len = shape.positions = 1;
    TESSERA_ASSIGN_OR_RETURN(round.plain, StepsOf(round, shape));
  }
  rounds_.push_back(std::move(round));
  return absl::OkStatus();
}

// Steps after which `tokens` are there on average.
int64_t InferenceLowering::DecodeSteps(int64_t tokens) const {
  if (!generation_.speculation || tokens == 0) return tokens;
  const double a_step = TokensPerStep(
      {.accept = generation_.speculation->acceptance, .drafted = generation_.speculation->tokens});
  const auto steps = static_cast<int64_t>(static_cast<double>(tokens) / a_step);
  return static_cast<double>(steps) * a_step < static_cast<double>(tokens) ? steps + 1 : steps;
}

// `steps` equal steps behind `cached` tokens.
absl::Status InferenceLowering::AddDecodePiece(int32_t steps, int64_t cached) {
  const int drafted = generation_.speculation ? generation_.speculation->tokens : 0;
  if (draft_ != nullptr) {
    Round round{.kind = Round::Kind::kDraft,
                .context = &draft_->context(),
                .partition = &draft_->partition()};
    round.shape.kv_len = cached + 1 + drafted / 2;
    round.shape.count = steps * drafted;
    TESSERA_RETURN_IF_ERROR(AddRound(std::move(round)));
  }
  Round round;
  round.shape.q_len = round.shape.positions = 1 + drafted;
  round.shape.kv_len = cached + 1 + drafted;
  round.shape.count = steps;
  round.shape.leaves_early = !generation_.early_exit.empty();
  return AddRound(std::move(round));
}

absl::Status InferenceLowering::AddDecodeRounds() {
  const int64_t tokens =
      job_.decode_only ? std::max<int64_t>(1, job_.output_tokens) : job_.output_tokens - 1;
  const int64_t steps = DecodeSteps(tokens);
  const bool pipelined = context_.plan.pipeline > 1 && microbatches_ > 1;
  const int64_t pieces = std::min(steps, pipelined ? kPipelinedPieces : kPieces);
  for (int64_t piece = 0; piece < pieces; ++piece) {
    const int64_t begin = steps * piece / pieces;
    const int64_t end = steps * (piece + 1) / pieces;
    const int64_t before = (begin + end - 1) / 2 * tokens / steps;
    TESSERA_RETURN_IF_ERROR(
        AddDecodePiece(static_cast<int32_t>(end - begin), job_.prompt_tokens + before));
  }
  if (steps > pieces) {
    context_.assumptions.push_back(absl::StrCat("the ", steps, " decode steps are simulated in ",
                                                pieces, " pieces of equal cache length"));
  }
  if (generation_.speculation) {
    context_.assumptions.push_back(absl::StrCat("speculation: ", steps, " verifications for ",
                                                tokens,
                                                " tokens, the mean of independent acceptances"));
  }
  return absl::OkStatus();
}

// The draft reads the prompt before the model does.
absl::Status InferenceLowering::AddPromptRounds() {
  const auto read = [this](Round round) {
    round.shape.q_len = round.shape.kv_len = job_.prompt_tokens;
    round.shape.phase = AttentionPhase::kPrefill;
    return AddRound(std::move(round));
  };
  if (draft_ != nullptr) {
    TESSERA_RETURN_IF_ERROR(read({.kind = Round::Kind::kDraft,
                                  .context = &draft_->context(),
                                  .partition = &draft_->partition()}));
  }
  return read({.kind = Round::Kind::kPrefill});
}

absl::Status InferenceLowering::Prepare() {
  TESSERA_ASSIGN_OR_RETURN(draft_, Draft::Make(context_));
  if (!job_.decode_only) TESSERA_RETURN_IF_ERROR(AddPromptRounds());
  return AddDecodeRounds();
}

Message InferenceLowering::StageMessage(int round, int microbatch, int peer, int from) const {
  const Round& r = rounds_[static_cast<size_t>(round)];
  const bool prefill = r.kind == Round::Kind::kPrefill;
  const int64_t q = prefill ? job_.prompt_tokens / context_.plan.context : r.shape.q_len;
  // Each tensor rank sends its share and the receiver gathers; the gather is part of the message.
  return {.peer = peer,
          .tag = (round * microbatches_ + microbatch) * (context_.plan.pipeline + 1) + from,
          .bytes = StorageBytes(job_.precision.activations,
                                SizeOf(microbatch) * q * r.context->model().hidden),
          .label = "stage message",
          .count = r.shape.count};
}

Message InferenceLowering::TokenMessage(int round, int microbatch, int peer) const {
  Message message = StageMessage(round, microbatch, peer, context_.plan.pipeline);
  const int64_t tokens = rounds_[static_cast<size_t>(round)].shape.positions;
  message.bytes = Bytes(4 * SizeOf(microbatch) * tokens);
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
  const Round& r = rounds_[static_cast<size_t>(round)];
  if (microbatch != microbatches_ - 1 || r.kind == Round::Kind::kDraft) return;
  out.Mark(r.kind == Round::Kind::kPrefill ? kPrefillEndMark : kTokenMark, r.shape.count);
}

// What drafting before a round of verifications takes on the ranks that hold `chunk`.
absl::Status InferenceLowering::WriteDraftShare(InstructionWriter& out, const Round& round,
                                                int microbatch, int chunk, int position) const {
  if (round.plain.empty()) return absl::OkStatus();
  InstructionWriter once = context_.Writer();
  TESSERA_RETURN_IF_ERROR(StepOf(round.plain, microbatch).Write(once, chunk, position));
  out.Compute(ComputationOf(once.Take(),
                            generation_.speculation->draft_cost * generation_.speculation->tokens),
              "draft");
  return absl::OkStatus();
}

absl::Status InferenceLowering::WriteMicrobatch(InstructionWriter& out, int round, int microbatch,
                                                int stage, int position) {
  const int last = context_.plan.pipeline - 1;
  const Round& r = rounds_[static_cast<size_t>(round)];
  out.SetMicrobatch(microbatch);
  if (stage > 0) out.Receive(StageMessage(round, microbatch, stage - 1, stage - 1));
  if (stage == 0 && round > 0) WriteToken(out, round - 1, microbatch);
  // Drafts go on without the host.
  const Duration host_time =
      r.kind == Round::Kind::kDraft ? Duration{} : HostTime(SizeOf(microbatch));
  if (stage == 0 && host_time > Duration{}) {
    Work host;
    host.by_class[static_cast<size_t>(OperatorClass::kHostOverhead)].time =
        host_time * r.shape.count;
    out.Compute(host, "host");
  }
  for (const int chunk : r.partition->ChunksOf(stage)) {
    TESSERA_RETURN_IF_ERROR(WriteDraftShare(out, r, microbatch, chunk, position));
    TESSERA_RETURN_IF_ERROR(StepOf(r.steps, microbatch).Write(out, chunk, position));
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
