// Lowers a training step to programs: the pipeline order of every stage with passes, messages,
// gradient reduction and optimizer filled in.
#pragma once

#include "absl/status/status.h"
#include "partition/lowering_context.h"
#include "partition/program.h"
#include "partition/stage_parameters.h"

namespace tessera {

// Fills programs and program_of_rank. Ranks of one stage share a program, unless routing is skewed:
// then those at one position of their expert groups do.
absl::Status LowerTraining(const LoweringContext& context, const ModelPartition& partition,
                           ProgramSet& set);

}  // namespace tessera
