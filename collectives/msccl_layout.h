// Which chunk of the schedule lies at which place of the buffers of an MSCCL file. Private to the
// room.
#pragma once

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "collectives/msccl_program.h"

namespace tessera {

struct MscclLayout {
  static constexpr int kNothing = -1;

  CollectiveOp op = CollectiveOp::kAllReduce;
  int chunks = 0;    // Of the schedule.
  int per_rank = 0;  // Chunks that a rank owns, where it owns some.

  // The chunk at a place of the input or of the output of a rank; kNothing outside.
  int InputChunk(int rank, int at) const;
  int OutputChunk(int rank, int at) const;
};

// Errors: an operation that is not accepted, a number of chunks that its ranks cannot share.
absl::StatusOr<MscclLayout> LayoutOf(const MscclProgram& program);

}  // namespace tessera
