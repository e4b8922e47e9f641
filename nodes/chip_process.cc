#include "nodes/chip_process.h"

#include "core/check.h"
#include "nodes/chip_event.h"

namespace tessera {

ChipProcess::ChipProcess(int rank, const CompiledProgram& program, Parts parts, Observers observers)
    : rank_(rank),
      program_(program),
      parts_(parts),
      observers_(observers),
      inbox_(program.channels.size()),
      open_(static_cast<size_t>(program.slots) * kAxisCount) {
  const auto slow = parts.plan.slow_ranks.find(rank);
  speed_ = slow == parts.plan.slow_ranks.end() ? nullptr : &slow->second;
}

void ChipProcess::OnEvent(const Event& event, Engine& /*engine*/) {
  switch (ChipEventOf(event.kind)) {
    case ChipEvent::kResume:
      state_ = State::kReady;
      return Advance();
    case ChipEvent::kCallDone:
      return OnCallDone(CallKind::Of(event.kind), TimeOf(event.payload));
    case ChipEvent::kArrived:
      return OnArrived(ChannelKind::Of(event.kind), TimeOf(event.payload));
    case ChipEvent::kMessageSent:
      return OnMessageSent();
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
  const Duration duration = RecordComputation(step);
  ++step_;
  if (duration == Duration::zero()) return;
  state_ = State::kComputing;
  computing_until_ = now() + duration;
  const auto self = static_cast<ComponentId>(rank_);
  parts_.engine.Send(self, computing_until_, self, static_cast<uint32_t>(ChipEvent::kResume), 0);
}

void ChipProcess::EnterCall(const ProgramStep& step) {
  const Instruction& instruction = InstructionOf(step);
  if (Alone(instruction)) {
    ++step_;
    return;
  }
  Block(State::kInCall);
  call_number_ = NextNumber(instruction.axis);
  Arrive(instruction, call_number_);
}

// Tells the domain, which hears of it one lookahead later.
void ChipProcess::Ask(DomainId domain, DomainEvent what, RequestPayload request) {
  parts_.engine.Send(
      static_cast<ComponentId>(rank_), now() + parts_.plan.LookaheadOfDomain(domain).arrival,
      parts_.domains[static_cast<size_t>(domain)], static_cast<uint32_t>(what), request.Pack());
}

void ChipProcess::Arrive(const Instruction& instruction, uint32_t number) {
  const GroupId group = parts_.plan.groups.Of(rank_, instruction.axis);
  Ask(parts_.plan.exchanges.DomainOfGroup(group), DomainEvent::kArrive,
      {.instruction = static_cast<int32_t>(&instruction - program_.instructions.data()),
       .number = number});
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
  Arrive(*head.instruction, head.number);
}

void ChipProcess::SendMessage(const ProgramStep& step) {
  const Instruction& instruction = InstructionOf(step);
  const int target = PeerOf(instruction);
  if (target == rank_) {  // It is there at once.
    const int32_t channel = program_.ChannelOf(instruction.peer, instruction.tag);
    if (channel >= 0) inbox_[static_cast<size_t>(channel)].push_back(now());
    ++step_;
    return;
  }
  Ask(parts_.plan.exchanges.DomainOfMessage(rank_, target), DomainEvent::kSend,
      {.instruction = step.first});
  if (instruction.blocking) return Block(State::kSending);
  ++step_;
}

void ChipProcess::ReceiveMessage() {
  std::deque<Time>& inbox = inbox_[static_cast<size_t>(step().slot)];
  if (inbox.empty()) return Block(State::kReceiving);
  inbox.pop_front();
  ++step_;
}

void ChipProcess::EnterWait() {
  Block(State::kInWait);
  if (AwaitedStream() != nullptr) return;
  state_ = State::kReady;
  ++step_;
}

void ChipProcess::OnCallDone(CallKind call, Time begun) {
  const bool blocking = state_ == State::kInCall && InstructionOf(step()).axis == call.axis &&
                        (call_number_ & kCallNumberMask) == call.number;
  if (!blocking) {
    Stream& stream = streams_[static_cast<size_t>(call.axis)];
    TESSERA_CHECK(!stream.empty() && (stream.head().number & kCallNumberMask) == call.number);
    return OnQueuedDone(stream, begun);
  }
  Book(InstructionOf(step()), begun, now());
  Unblock();
}

void ChipProcess::OnQueuedDone(Stream& stream, Time begun) {
  const Queued head = stream.head();
  RecordOverlapped(head, begun);
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

void ChipProcess::OnArrived(int32_t channel, Time sent) {
  if (state_ != State::kReceiving || step().slot != channel) {
    inbox_[static_cast<size_t>(channel)].push_back(sent);
    return;
  }
  Book(InstructionOf(step()), sent, now());
  Unblock();
}

void ChipProcess::OnMessageSent() {
  TESSERA_CHECK(state_ == State::kSending);
  Book(InstructionOf(step()), blocked_since_, now());
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

bool ChipProcess::Alone(const Instruction& collective) const {
  const RankGroups& groups = parts_.plan.groups;
  return groups.group(groups.Of(rank_, collective.axis)).members.size() == 1;
}

}  // namespace tessera
