// Where the time of a rank went: its accounts, its spans, what it waits for.
#include <algorithm>
#include <array>

#include "nodes/chip_process.h"

namespace tessera {
namespace {

// Streams of Span.
constexpr int kComputeStream = 0;
constexpr int kExposedStream = 1;
constexpr int kFirstOverlappedStream = 2;

}  // namespace

void ChipProcess::Book(const Instruction& cause, Time begun, Time end) {
  const Time split = std::clamp(begun, blocked_since_, end);
  time_.waiting[static_cast<size_t>(cause.axis)] += split - blocked_since_;
  time_.exposed[static_cast<size_t>(cause.axis)] += end - split;
  RecordSpan(cause, kExposedStream, true, blocked_since_, split);
  RecordSpan(cause, kExposedStream, false, split, end);
  blocked_since_ = end;
}

RankTime ChipProcess::Account(Time end, const OpenTransfers& transfers) {
  time_.compute = ComputeTimeAt(end);
  time_.finished = finished_;
  if (finished_) return time_;
  BookOpenBlock(end, transfers);
  time_.end = end;
  return time_;
}

// What a slow chip has lost counts with the computations that lost it.
ComputeTime ChipProcess::ComputeTimeAt(Time end) const {
  const bool computing = state_ == State::kComputing && computing_until_ > end;
  Duration missing = computing ? computing_until_ - end : Duration::zero();
  std::array<Duration, kOperatorClassCount> lost = lost_;
  for (size_t c = 0; c < lost.size(); ++c) {
    const Duration cut = std::min(missing, lost_in_step_[c]);
    lost[c] -= cut;
    missing -= cut;
  }
  ComputeTime sum = finished_ ? program_.compute : program_.ComputeBefore(step_, missing);
  for (size_t c = 0; c < lost.size(); ++c) {
    sum.by_class[c] += lost[c];
    sum.total += lost[c];
  }
  return sum;
}

Time ChipProcess::BegunOf(const Instruction& collective, uint32_t number,
                          const OpenTransfers& transfers) const {
  return transfers.Begun(parts_.plan.groups.Of(rank_, collective.axis), number);
}

void ChipProcess::BookOpenBlock(Time end, const OpenTransfers& transfers) {
  switch (state_) {
    case State::kReady:
    case State::kComputing:
      return;
    case State::kInCall: {
      const Instruction& call = InstructionOf(step());
      return Book(call, BegunOf(call, call_number_, transfers), end);
    }
    case State::kSending:
      return Book(InstructionOf(step()), blocked_since_, end);
    case State::kReceiving: {
      const Instruction& receive = InstructionOf(step());
      return Book(receive, transfers.Sent(PeerOf(receive), rank_, receive.tag), end);
    }
    case State::kInWait:
    case State::kDraining: {
      const Queued& head = AwaitedStream()->head();
      return Book(*head.instruction, BegunOf(*head.instruction, head.number, transfers), end);
    }
  }
}

OpenWait ChipProcess::Wait() const {
  OpenWait wait;
  wait.finished = finished_;
  for (const Stream& stream : streams_) {
    if (!stream.empty()) wait.calls.push_back({stream.head().instruction, stream.head().number});
  }
  if (finished_) return wait;
  if (state_ == State::kReceiving) {
    wait.source = PeerOf(InstructionOf(step()));
    wait.tag = InstructionOf(step()).tag;
  } else if (state_ == State::kInCall) {
    wait.calls.push_back({&InstructionOf(step()), call_number_});
    std::swap(wait.calls.front(), wait.calls.back());
  } else if (WaitsForStream()) {
    const auto awaited = std::find_if(wait.calls.begin(), wait.calls.end(), [&](const auto& c) {
      return c.instruction == AwaitedStream()->head().instruction;
    });
    std::swap(wait.calls.front(), *awaited);
  }
  return wait;
}

// How long the instruction takes if it begins at `begin`.
Duration ChipProcess::ComputeFor(const Instruction& computation, Time begin) {
  if (speed_ == nullptr) return computation.duration;
  const Duration duration = speed_->TimeOf(computation.duration, begin);
  const auto category = static_cast<size_t>(computation.category);
  lost_[category] += duration - computation.duration;
  lost_in_step_[category] += duration - computation.duration;
  return duration;
}

// Of the computations of a step that begins now; returns how long they take.
Duration ChipProcess::RecordComputation(const ProgramStep& step) {
  const bool observed = observers_.spans != nullptr || observers_.marks != nullptr;
  if (!observed && speed_ == nullptr) return step.duration;
  lost_in_step_ = {};
  Time begin = now();
  for (int32_t i = step.first; i < step.first + step.count; ++i) {
    const Instruction& instruction = program_.instructions[static_cast<size_t>(i)];
    if (instruction.kind == InstructionKind::kMark) {
      if (observers_.marks != nullptr) observers_.marks->emplace_back(instruction.label, begin);
      continue;
    }
    const Duration duration = ComputeFor(instruction, begin);
    RecordSpan(instruction, kComputeStream, false, begin, begin + duration);
    begin += duration;
  }
  return begin - now();
}

void ChipProcess::RecordSpan(const Instruction& instruction, int stream, bool waiting, Time begin,
                             Time end) {
  if (observers_.spans == nullptr) return;
  const bool message =
      instruction.kind == InstructionKind::kSend || instruction.kind == InstructionKind::kReceive;
  observers_.spans->Add({.rank = rank_,
                         .stream = static_cast<uint8_t>(stream),
                         .waiting = waiting,
                         .category = instruction.category,
                         .op = message ? CollectiveOp::kSendRecv : instruction.op,
                         .axis = instruction.axis,
                         .label = instruction.label,
                         .microbatch = instruction.microbatch,
                         .begin = begin,
                         .end = end});
}

void ChipProcess::RecordOverlapped(const Queued& call, Time begun) {
  const int stream = kFirstOverlappedStream + static_cast<int>(call.instruction->axis);
  RecordSpan(*call.instruction, stream, true, call.arrived, begun);
  RecordSpan(*call.instruction, stream, false, begun, now());
}

}  // namespace tessera
