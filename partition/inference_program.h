// Lowers a fixed inference batch to programs: prefill, then decode steps, micro-batches in turn
// through the pipeline stages.
//
// Decode steps differ only in the length of the cache, and their cost is near linear in it. A long
// run of them is cut into pieces whose steps all take the piece's mean length (exact for linear
// costs); each piece is one step with a count.
//
// Speculative decoding: before each step that verifies k drafted tokens and the one before them, k
// steps of the draft model, or that share of a plain step's computation. As many verifications as
// the tokens take on average (workload/conditional.h), rounded up. Every sequence of a batch is
// taken to advance by the mean. A draft model reads the prompt, too.
#pragma once

#include "absl/status/status.h"
#include "partition/lowering_context.h"
#include "partition/program.h"
#include "partition/stage_parameters.h"

namespace tessera {

absl::Status LowerInference(const LoweringContext& context, const ModelPartition& partition,
                            ProgramSet& set);

}  // namespace tessera
