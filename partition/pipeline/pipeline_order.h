// The order in which each pipeline stage runs its passes: a pure function of the schedule, the
// number of stages, of micro-batches and of model chunks per stage. No clock, no durations.
//
// Vocabulary. A pass is the forward or backward computation of one micro-batch through one model
// chunk. Chunks are numbered along the model (0 holds the first layers); a stage holds one or more
// of them. Backward passes compute both gradients, unless the schedule splits them: then kBackward
// (not `whole`) computes the input gradient alone and a later kWeightGradient frees the
// activations.
#pragma once

#include <cstdint>
#include <vector>

#include "configs/job_spec.h"

namespace tessera {

enum class PassKind : uint8_t { kForward, kBackward, kWeightGradient };

struct Pass {
  PassKind kind = PassKind::kForward;
  int microbatch = 0;
  int chunk = 0;  // Along the model, in the pass's own direction.
  // kBackward of a schedule that splits others: computes both gradients at once.
  bool whole = false;
  bool reverse = false;  // DualPipe: this micro-batch entered at the last stage.
  // DualPipe: a forward computed interleaved with the next pass, so that the exchange of one hides
  // under the computation of the other; both end together.
  bool paired = false;

  friend bool operator==(const Pass&, const Pass&) = default;
};

struct PipelineParams {
  int stages = 1;
  int microbatches = 1;
  int chunks_per_stage = 1;  // Interleaved only.
};

// One list a stage.
using PipelineOrder = std::vector<std::vector<Pass>>;

// Preconditions (checked by CompletePlan): stages, microbatches >= 1; interleaved: microbatches a
// multiple of stages; DualPipe: stages and microbatches even, microbatches >= 2 * stages.
// O(passes).
PipelineOrder MakePipelineOrder(PipelineSchedule schedule, const PipelineParams& params);

// Number of model chunks of the whole pipeline, and the stage that holds one. Chunks lie round the
// stages, except in ZB-V: a V (0, 1, .., p-1, p-1, .., 1, 0). DualPipe stores chunk k at stage k
// and, for the micro-batches of the other direction, again at stage p-1-k.
int ChunkCount(PipelineSchedule schedule, const PipelineParams& params);
int StageOfChunk(PipelineSchedule schedule, const PipelineParams& params, const Pass& pass);

}  // namespace tessera
