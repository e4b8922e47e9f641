#include "partition/instruction_writer.h"

namespace tessera {
namespace {

// What both ends of a message say of it.
void SetMessage(const Message& message, Instruction& end) {
  end.axis = Axis::kPipeline;
  end.op = CollectiveOp::kSendRecv;
  end.peer = message.peer;
  end.tag = message.tag;
  end.bytes = message.bytes;
  end.count = message.count;
}

}  // namespace

uint16_t LabelTable::Of(const std::string& label) {
  const auto [it, inserted] = index_.emplace(label, static_cast<uint16_t>(labels_.size()));
  if (inserted) labels_.push_back(label);
  return it->second;
}

Instruction& InstructionWriter::Push(InstructionKind kind, const char* label) {
  Instruction& instruction = instructions_.emplace_back();
  instruction.kind = kind;
  instruction.label = labels_.Of(label);
  instruction.microbatch = microbatch_;
  return instruction;
}

void InstructionWriter::Compute(const Work& work, const char* label) {
  for (int c = 0; c < kOperatorClassCount; ++c) {
    const ClassWork& part = work.by_class[static_cast<size_t>(c)];
    if (part.time == Duration{}) continue;
    Instruction& compute = Push(InstructionKind::kCompute, label);
    compute.category = static_cast<OperatorClass>(c);
    compute.duration = part.time;
    compute.matrix_flops = part.matrix_flops;
    compute.memory_bytes = part.memory_bytes;
  }
}

bool InstructionWriter::Active(const CollectiveCall& call) const {
  return map_.GroupSize(call.axis) > 1 && call.bytes > Bytes(0);
}

void InstructionWriter::PushCollective(InstructionKind kind, const CollectiveCall& call) {
  Instruction& collective = Push(kind, call.label);
  collective.op = call.op;
  collective.axis = call.axis;
  collective.bytes = call.bytes;
  collective.matrix = call.matrix;
  collective.count = call.count;
  collective.duration = call.alone;
}

void InstructionWriter::Collective(const CollectiveCall& call) {
  if (Active(call)) PushCollective(InstructionKind::kCollective, call);
}

void InstructionWriter::Start(const CollectiveCall& call, WaitSlot slot) {
  if (!Active(call)) return;
  PushCollective(InstructionKind::kCollectiveAsync, call);
  instructions_.back().tag = static_cast<int32_t>(slot);
}

void InstructionWriter::Wait(WaitSlot slot) {
  Push(InstructionKind::kWait, "wait").tag = static_cast<int32_t>(slot);
}

void InstructionWriter::Send(const Message& message) {
  Instruction& send = Push(InstructionKind::kSend, message.label);
  SetMessage(message, send);
  send.blocking = message.blocking;
}

void InstructionWriter::Receive(const Message& message) {
  SetMessage(message, Push(InstructionKind::kReceive, message.label));
}

void InstructionWriter::Mark(const char* label, int32_t count) {
  Push(InstructionKind::kMark, label).count = count;
}

void InstructionWriter::Append(const std::vector<Instruction>& instructions) {
  for (const Instruction& instruction : instructions) {
    instructions_.push_back(instruction);
    instructions_.back().microbatch = microbatch_;
  }
}

}  // namespace tessera
