// What one rank executes: a list of instructions on two streams (compute and communication). A
// program is pure data; the room `nodes` executes it as events.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collectives/collective.h"
#include "core/units.h"
#include "partition/plan.h"
#include "workload/operator.h"

namespace tessera {

enum class InstructionKind : uint8_t {
  kCompute,          // Occupies the compute stream for `duration`.
  kCollective,       // Blocking: the compute stream waits for the end.
  kCollectiveAsync,  // Runs on the communication stream in order; `slot` is signalled at the end.
  kSend,             // Asynchronous point-to-point to `peer`; never blocks the compute stream.
  kReceive,          // The compute stream waits for the message (peer, tag).
  kWait,             // The compute stream waits for `slot`.
  kMark,             // Zero time: notes the time under `label` (end of prefill, of a token, ...).
};

struct Instruction {
  InstructionKind kind = InstructionKind::kCompute;
  OperatorClass category = OperatorClass::kOther;  // kCompute: for the breakdown.
  Axis axis = Axis::kTensor;                       // Collectives: the rank's group along it.
  CollectiveOp op = CollectiveOp::kAllReduce;
  uint16_t label = 0;  // Index into ProgramSet::labels: "layer forward", "dispatch", ...
  int32_t microbatch = -1;
  int32_t peer = -1;    // kSend, kReceive: a rank.
  int32_t tag = 0;      // Matches a send with its receive; also names a wait slot.
  int32_t matrix = -1;  // all_to_allv: index into ProgramSet::matrices.
  Duration duration;
  Bytes bytes;
  // What kCompute did, for MFU and energy.
  double matrix_flops = 0;
  Bytes memory_bytes;
};

struct Program {
  std::vector<Instruction> instructions;
};

// Programs of all ranks; ranks that do the same share one.
struct ProgramSet {
  std::vector<Program> programs;
  std::vector<int32_t> program_of_rank;
  std::vector<std::vector<Bytes>>
      matrices;  // Traffic matrices of expert exchange, [source * n + target].
  std::vector<std::string> labels;
};

}  // namespace tessera
