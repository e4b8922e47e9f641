#include "partition/pipeline/pipeline_order.h"

#include "core/check.h"
#include "partition/pipeline/dualpipe.h"
#include "partition/pipeline/execution.h"
#include "partition/pipeline/gpipe.h"
#include "partition/pipeline/interleaved.h"
#include "partition/pipeline/one_forward_one_backward.h"
#include "partition/pipeline/zero_bubble.h"
#include "partition/pipeline/zero_bubble_v.h"

namespace tessera {

PipelineOrder MakePipelineOrder(PipelineSchedule schedule, const PipelineParams& params) {
  TESSERA_CHECK(params.stages >= 1 && params.microbatches >= 1 && params.chunks_per_stage >= 1);
  switch (schedule) {
    case PipelineSchedule::kGpipe:
      return GpipeOrder(params);
    case PipelineSchedule::kInterleaved:
      TESSERA_CHECK(params.microbatches % params.stages == 0);
      return InterleavedOrder(params);
    case PipelineSchedule::kZbH1:
      return ZeroBubbleH1Order(params);
    case PipelineSchedule::kZbH2:
      return ZeroBubbleH2Order(params);
    case PipelineSchedule::kZbV:
      return ZeroBubbleVOrder(params);
    case PipelineSchedule::kDualPipe:
      TESSERA_CHECK(params.stages % 2 == 0 && params.microbatches % 2 == 0 &&
                    params.microbatches >= 2 * params.stages);
      return DualPipeOrder(params);
    case PipelineSchedule::kOneForwardOneBackward:
      break;
  }
  return OneForwardOneBackwardOrder(params);
}

bool SplitsBackward(PipelineSchedule schedule) {
  return schedule == PipelineSchedule::kZbH1 || schedule == PipelineSchedule::kZbH2 ||
         schedule == PipelineSchedule::kZbV || schedule == PipelineSchedule::kDualPipe;
}

bool FreesActivations(PipelineSchedule schedule, const Pass& pass) {
  if (pass.kind == PassKind::kForward) return false;
  return pass.kind == PassKind::kWeightGradient || pass.whole || !SplitsBackward(schedule);
}

int ChunkCount(PipelineSchedule schedule, const PipelineParams& params) {
  if (schedule == PipelineSchedule::kInterleaved) return params.stages * params.chunks_per_stage;
  return schedule == PipelineSchedule::kZbV ? 2 * params.stages : params.stages;
}

int StageOfChunk(PipelineSchedule schedule, const PipelineParams& params, const Pass& pass) {
  const int p = params.stages;
  if (schedule == PipelineSchedule::kZbV && pass.chunk >= p) return 2 * p - 1 - pass.chunk;
  if (schedule == PipelineSchedule::kDualPipe && pass.reverse) return p - 1 - pass.chunk;
  return pass.chunk % p;
}

}  // namespace tessera
