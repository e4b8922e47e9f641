#include "nodes/chip_process.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/check.h"
#include "nodes/chip_event.h"

namespace tessera {
namespace {

// Streams of Span.
constexpr int kComputeStream = 0;
constexpr int kExposedStream = 1;
constexpr int kFirstOverlappedStream = 2;

int OverlappedStream(Axis axis) { return kFirstOverlappedStream + static_cast<int>(axis); }

}  // namespace

ChipProcess::ChipProcess(int rank, const CompiledProgram& program, Parts parts, Observers observers)
    : rank_(rank),
      program_(program),
      parts_(parts),
      observers_(observers),
      open_(static_cast<size_t>(program.slots) * kAxisCount) {}

void ChipProcess::OnEvent(const Event& event, Engine& /*engine*/) {
  const bool repeats_done = (event.payload & kRepeatsDone) != 0;
  const auto id = static_cast<int32_t>(event.payload & ~kRepeatsDone);
  switch (static_cast<ChipEvent>(event.kind)) {
    case ChipEvent::kResume:
      state_ = State::kReady;
      Advance();
      break;
    case ChipEvent::kCallDone:
      OnCallDone(id, repeats_done);
      break;
    case ChipEvent::kMessageDone:
      OnMessageDone(id, repeats_done);
      break;
  }
}

void ChipProcess::Advance() {
  const auto steps = static_cast<int32_t>(program_.steps.size());
  while (state_ == State::kReady && step_ < steps) Execute(step());
  if (state_ == State::kReady) Finish();
}

// The program is at its end; the communication streams may not be.
void ChipProcess::Finish() {
  Block(State::kDraining);
  if (AwaitedStream() != nullptr) return;
  finished_ = true;
  time_.end = now();
}

void ChipProcess::Execute(const ProgramStep& step) {
  switch (step.kind) {
    case InstructionKind::kCompute:
    case InstructionKind::kMark:
      return Compute(step);
    case InstructionKind::kCollective:
      return EnterCall(step);
    case InstructionKind::kCollectiveAsync:
      return IssueCall(step);
    case InstructionKind::kSend:
      return SendMessage(step);
    case InstructionKind::kReceive:
      return ReceiveMessage();
    case InstructionKind::kWait:
      return EnterWait();
  }
}

void ChipProcess::Compute(const ProgramStep& step) {
  RecordComputation(step);
  ++step_;
  if (step.duration == Duration::zero()) return;
  state_ = State::kComputing;
  computing_until_ = now() + step.duration;
  const ComponentId self = parts_.context.components[static_cast<size_t>(rank_)];
  parts_.context.engine.Send(self, computing_until_, self,
                             static_cast<uint32_t>(ChipEvent::kResume), 0);
}

void ChipProcess::EnterCall(const ProgramStep& step) {
  const Instruction& instruction = InstructionOf(step);
  if (Alone(instruction)) {
    ++step_;
    return;
  }
  Block(State::kInCall);
  call_ = parts_.communicators.Arrive(rank_, instruction, NextNumber(instruction.axis));
}

void ChipProcess::IssueCall(const ProgramStep& step) {
  const Instruction& instruction = InstructionOf(step);
  ++step_;
  if (Alone(instruction)) return;
  ++OpenUnder(step.slot, instruction.axis);
  Stream& stream = streams_[static_cast<size_t>(instruction.axis)];
  const bool idle = stream.empty();
  stream.Push(
      {.instruction = &instruction, .slot = step.slot, .number = NextNumber(instruction.axis)});
  if (idle) StartHead(stream);
}

void ChipProcess::Stream::Push(const Queued& queued) {
  if (empty()) {
    queue.clear();
    front = 0;
  }
  queue.push_back(queued);
}

void ChipProcess::StartHead(Stream& stream) {
  Queued& head = stream.head();
  head.arrived = now();
  head.call = parts_.communicators.Arrive(rank_, *head.instruction, head.number);
}

void ChipProcess::SendMessage(const ProgramStep& step) {
  const Instruction& instruction = InstructionOf(step);
  const int target = PeerOf(instruction);
  const MessageId message = parts_.mailboxes.Send(rank_, target, instruction);
  if (instruction.blocking && target != rank_) {
    message_ = message;
    Block(State::kSending);
  } else {
    ++step_;
  }
}

void ChipProcess::ReceiveMessage() {
  const std::optional<MessageId> message = AwaitedMessage();
  if (!message.has_value() || !parts_.mailboxes.arrived(*message)) return Block(State::kReceiving);
  parts_.mailboxes.Take(*message);
  ++step_;
}

void ChipProcess::EnterWait() {
  Block(State::kInWait);
  if (AwaitedStream() != nullptr) return;
  state_ = State::kReady;
  ++step_;
}

void ChipProcess::OnCallDone(CallId call, bool repeats_done) {
  const Time begun = parts_.communicators.begun(call);
  if (!parts_.communicators.OnDone(call, rank_, repeats_done)) return;
  if (state_ != State::kInCall || call_ != call) return OnQueuedDone(call, begun);
  Book(InstructionOf(step()), begun, now());
  Unblock();
}

void ChipProcess::OnQueuedDone(CallId call, Time begun) {
  const auto at = std::find_if(streams_.begin(), streams_.end(), [call](const Stream& s) {
    return !s.empty() && s.head().call == call;
  });
  TESSERA_CHECK(at != streams_.end());
  Stream& stream = *at;
  const Queued head = stream.head();
  const int track = OverlappedStream(head.instruction->axis);
  RecordSpan(*head.instruction, track, true, head.arrived, begun);
  RecordSpan(*head.instruction, track, false, begun, now());
  if (AwaitedStream() == &stream) Book(*head.instruction, begun, now());
  --OpenUnder(head.slot, head.instruction->axis);
  ++stream.front;
  if (!stream.empty()) StartHead(stream);
  if (!WaitsForStream() || AwaitedStream() != nullptr) return;
  if (state_ == State::kDraining) return Finish();
  Unblock();
}

const ChipProcess::Stream* ChipProcess::AwaitedStream() const {
  if (!WaitsForStream()) return nullptr;
  for (size_t axis = 0; axis < kAxisCount; ++axis) {
    const bool in_the_way = state_ == State::kDraining
                                ? !streams_[axis].empty()
                                : open_[static_cast<size_t>(step().slot) * kAxisCount + axis] > 0;
    if (in_the_way) return &streams_[axis];
  }
  return nullptr;
}

void ChipProcess::OnMessageDone(MessageId message, bool repeats_done) {
  const Time sent = parts_.mailboxes.sent(message);
  const Mailboxes::Delivery delivery = parts_.mailboxes.OnDone(message, rank_, repeats_done);
  if (!delivery.over) return;
  if (delivery.is_source) {
    if (state_ != State::kSending || message_ != message) return;
    Book(InstructionOf(step()), sent, now());
    return Unblock();
  }
  if (state_ != State::kReceiving || AwaitedMessage() != message) return;
  Book(InstructionOf(step()), sent, now());
  parts_.mailboxes.Take(message);
  Unblock();
}

void ChipProcess::Block(State state) {
  state_ = state;
  blocked_since_ = now();
}

void ChipProcess::Unblock() {
  state_ = State::kReady;
  ++step_;
  Advance();
}

void ChipProcess::Book(const Instruction& cause, Time begun, Time end) {
  const Time split = std::clamp(begun, blocked_since_, end);
  time_.waiting[static_cast<size_t>(cause.axis)] += split - blocked_since_;
  time_.exposed[static_cast<size_t>(cause.axis)] += end - split;
  RecordSpan(cause, kExposedStream, true, blocked_since_, split);
  RecordSpan(cause, kExposedStream, false, split, end);
  blocked_since_ = end;
}

RankTime ChipProcess::Account(Time end) {
  const bool computing = state_ == State::kComputing && computing_until_ > end;
  time_.compute = finished_ ? program_.compute
                            : program_.ComputeBefore(
                                  step_, computing ? computing_until_ - end : Duration::zero());
  time_.finished = finished_;
  if (finished_) return time_;
  BookOpenBlock(end);
  time_.end = end;
  return time_;
}

void ChipProcess::BookOpenBlock(Time end) {
  switch (state_) {
    case State::kReady:
    case State::kComputing:
      return;
    case State::kInCall:
      return Book(InstructionOf(step()), parts_.communicators.begun(call_), end);
    case State::kSending:
      return Book(InstructionOf(step()), blocked_since_, end);
    case State::kReceiving: {
      const std::optional<MessageId> message = AwaitedMessage();
      return Book(InstructionOf(step()), message ? parts_.mailboxes.sent(*message) : end, end);
    }
    case State::kInWait:
    case State::kDraining: {
      const Queued& head = AwaitedStream()->head();
      return Book(*head.instruction, parts_.communicators.begun(head.call), end);
    }
  }
}

std::vector<CallId> ChipProcess::OpenCalls() const {
  std::vector<CallId> calls;
  if (state_ == State::kInCall) calls.push_back(call_);
  for (const Stream& stream : streams_) {
    if (!stream.empty()) calls.push_back(stream.head().call);
  }
  return calls;
}

RankWait ChipProcess::Wait(const std::vector<std::vector<CallId>>& open_calls) const {
  if (state_ == State::kReceiving) {
    const Instruction& instruction = InstructionOf(step());
    const int source = PeerOf(instruction);
    return {.rank = rank_,
            .what = absl::StrCat("a message from rank ", source, " (tag ", instruction.tag, ")"),
            .waits_for = {source}};
  }
  if (WaitsForStream()) return InCall(AwaitedStream()->head().call, open_calls);
  TESSERA_CHECK(state_ == State::kInCall);
  return InCall(call_, open_calls);
}

RankWait ChipProcess::InCall(CallId call,
                             const std::vector<std::vector<CallId>>& open_calls) const {
  RankWait wait{.rank = rank_, .what = parts_.communicators.Describe(call)};
  for (const int member : parts_.communicators.MembersOf(call)) {
    const std::vector<CallId>& open = open_calls[static_cast<size_t>(member)];
    if (std::find(open.begin(), open.end(), call) == open.end()) wait.waits_for.push_back(member);
  }
  const size_t shown = std::min<size_t>(wait.waits_for.size(), 8);
  absl::StrAppend(&wait.what, ", which lacks rank ",
                  absl::StrJoin(absl::MakeSpan(wait.waits_for).first(shown), ", "),
                  shown < wait.waits_for.size() ? ", ..." : "");
  return wait;
}

bool ChipProcess::Alone(const Instruction& collective) const {
  return parts_.communicators.Group(rank_, collective.axis).size() == 1;
}

std::optional<MessageId> ChipProcess::AwaitedMessage() const {
  const Instruction& receive = InstructionOf(step());
  return parts_.mailboxes.Oldest(rank_, PeerOf(receive), receive.tag);
}

void ChipProcess::RecordComputation(const ProgramStep& step) {
  if (observers_.spans == nullptr && observers_.marks == nullptr) return;
  Time begin = now();
  for (int32_t i = step.first; i < step.first + step.count; ++i) {
    const Instruction& instruction = program_.instructions[static_cast<size_t>(i)];
    if (instruction.kind == InstructionKind::kMark) {
      if (observers_.marks != nullptr) observers_.marks->emplace_back(instruction.label, begin);
      continue;
    }
    RecordSpan(instruction, kComputeStream, false, begin, begin + instruction.duration);
    begin += instruction.duration;
  }
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

}  // namespace tessera
