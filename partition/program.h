// What one rank executes: a list of instructions on a compute stream and, for what overlaps it, one
// communication stream an axis (as communication libraries have one a communicator). A
// program is pure data; the room `nodes` executes it as events.
//
// Nothing in an instruction names an absolute rank: collectives name an axis, messages name a
// pipeline stage. All ranks of one stage that do the same therefore share one program.
//
// Matching is by order: a rank's k-th collective along an axis meets the k-th of every other
// member, whatever the stream; the k-th kSend from a to b under one tag meets the k-th such
// kReceive of b.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collectives/collective.h"
#include "collectives/token_copies.h"
#include "core/units.h"
#include "partition/plan.h"
#include "workload/operator.h"

namespace tessera {

enum class InstructionKind : uint8_t {
  kCompute,          // Occupies the compute stream for `duration`.
  kCollective,       // Blocking: the compute stream waits for the end.
  kCollectiveAsync,  // Runs on the communication stream of its axis, in order there; wait slot
                     // `tag` is signalled at the end.
  kSend,             // Point-to-point to `peer`; the compute stream goes on unless `blocking`.
  kReceive,          // The compute stream waits for the message (peer, tag).
  kWait,             // The compute stream waits for every kCollectiveAsync issued so far under
                     // slot `tag`; for none, it goes on at once.
  kMark,             // Zero time: notes the time under `label`, one of the marks below.
};

// Labels of kMark that carry a meaning; others are only shown.
inline constexpr char kPrefillEndMark[] = "prefill_end";  // The first output token is out.
inline constexpr char kTokenMark[] = "token";             // One further output token is out.
inline constexpr char kStepEndMark[] = "step_end";        // A training step is complete.

struct Instruction {
  InstructionKind kind = InstructionKind::kCompute;
  OperatorClass category = OperatorClass::kOther;  // kCompute: for the breakdown.
  Axis axis = Axis::kTensor;  // Collectives: the rank's group along it; kSend, kReceive: for the
                              // breakdown, usually kPipeline.
  CollectiveOp op = CollectiveOp::kAllReduce;
  // kSend: the compute stream waits until the message has been delivered (libraries that pair every
  // send with a wait). Never waits for the receiver to ask for it, so order cannot deadlock.
  bool blocking = false;
  uint16_t label = 0;  // Index into ProgramSet::labels: "layer forward", "dispatch", ...
  int32_t microbatch = -1;
  // kSend, kReceive: a pipeline stage; the peer stands there and otherwise where this rank stands
  // (RankMap::AtStage).
  int32_t peer = -1;
  // Matches a send with its receive (in order where several are equal); also names a wait slot. A
  // slot may be used again once it has been waited for.
  int32_t tag = 0;
  // kCollective, kSend, kReceive: so many equal executions one after the other. The fabric runs one
  // of them; time and bytes count so often. Steps that repeat (decode) use it. kCompute: `duration`
  // and work are already totals.
  int32_t count = 1;
  int32_t matrix = -1;  // all_to_allv: index into ProgramSet::matrices.
  // Of kCompute. Collectives: what one takes alone by closed form, where that is known better than
  // by CommunicationEstimate; else zero. The fabric does not look at it.
  Duration duration{};
  Bytes bytes{};
  // What kCompute did, for MFU and energy.
  double matrix_flops = 0;
  Bytes memory_bytes{};
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
  // The copies behind each matrix, if kernels of their own exchange them; else empty.
  std::vector<TokenExchange> token_exchanges;
  std::vector<std::string> labels;
};

}  // namespace tessera
