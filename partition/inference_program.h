// Lowers a fixed inference batch to programs: prefill, then decode steps, micro-batches in turn
// through the pipeline stages.
//
// Decode steps differ only in the length of the cache, and their cost is near linear in it. A long
// run of them is cut into pieces whose steps all take the piece's mean length (exact for linear
// costs); each piece is one step with a count.
#pragma once

#include "absl/status/status.h"
#include "partition/lowering_context.h"
#include "partition/program.h"
#include "partition/stage_parameters.h"

namespace tessera {

absl::Status LowerInference(const LoweringContext& context, const ModelPartition& partition,
                            ProgramSet& set);

}  // namespace tessera
