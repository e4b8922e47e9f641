// Appends instructions to a program with the names of reports; the only place that knows how a
// stretch of work becomes instructions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "partition/plan.h"
#include "partition/program.h"
#include "partition/work.h"

namespace tessera {

// Wait slots by purpose.
enum class WaitSlot : int32_t { kTensor, kGradient, kParameters, kExpert, kExpertSecondHalf };

class LabelTable {
 public:
  uint16_t Of(const std::string& label);
  std::vector<std::string> Take() { return std::move(labels_); }

 private:
  std::map<std::string, uint16_t> index_;
  std::vector<std::string> labels_;
};

// One collective along an axis; with one member it is left out.
struct CollectiveCall {
  CollectiveOp op = CollectiveOp::kAllReduce;
  Axis axis = Axis::kTensor;
  Bytes bytes{};
  const char* label = "";
  int32_t matrix = -1;
  int32_t count = 1;
  Duration alone{};  // As Instruction::duration of collectives.
};

struct Message {
  int peer = 0;
  int tag = 0;
  Bytes bytes{};
  const char* label = "";
  bool blocking = false;
  int32_t count = 1;
};

class InstructionWriter {
 public:
  InstructionWriter(const RankMap& map, LabelTable& labels) : map_(map), labels_(labels) {}

  // Of all instructions that follow; -1: none.
  void SetMicrobatch(int microbatch) { microbatch_ = microbatch; }

  // One instruction a class that has time.
  void Compute(const Work& work, const char* label);
  void Collective(const CollectiveCall& call);
  void Start(const CollectiveCall& call, WaitSlot slot);
  void Wait(WaitSlot slot);
  void Send(const Message& message);
  void Receive(const Message& message);
  void Mark(const char* label, int32_t count = 1);
  // Instructions written elsewhere, under this writer's micro-batch.
  void Append(const std::vector<Instruction>& instructions);

  bool Active(const CollectiveCall& call) const;
  std::vector<Instruction> Take() { return std::move(instructions_); }

 private:
  Instruction& Push(InstructionKind kind, const char* label);
  void PushCollective(InstructionKind kind, const CollectiveCall& call);

  const RankMap& map_;
  LabelTable& labels_;
  int microbatch_ = -1;
  std::vector<Instruction> instructions_;
};

}  // namespace tessera
