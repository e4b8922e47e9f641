#include "partition/pipeline/zero_bubble.h"

#include <algorithm>

namespace tessera {
namespace {

// After the first forwards: input gradient k, weight gradient k - lag, the next forward.
std::vector<Pass> SplitBackwardStage(const PipelineParams& params, int stage, int first_forwards,
                                     int lag) {
  const int m = params.microbatches;
  int forwards = 0;
  int weight_gradients = 0;
  std::vector<Pass> passes;
  const auto push = [&](PassKind kind, int microbatch) {
    passes.push_back({.kind = kind, .microbatch = microbatch, .chunk = stage});
  };
  while (forwards < std::min(m, first_forwards)) push(PassKind::kForward, forwards++);
  for (int k = 0; k < m; ++k) {
    push(PassKind::kBackward, k);
    if (k >= lag) push(PassKind::kWeightGradient, weight_gradients++);
    if (forwards < m) push(PassKind::kForward, forwards++);
  }
  while (weight_gradients < m) push(PassKind::kWeightGradient, weight_gradients++);
  return passes;
}

// `reach` = how many times the pipeline's depth of micro-batches is in flight: 1 or 2.
PipelineOrder ZeroBubbleOrder(const PipelineParams& params, int reach) {
  PipelineOrder order;
  for (int stage = 0; stage < params.stages; ++stage) {
    const int first_forwards = reach * (params.stages - stage) - (reach - 1);
    order.push_back(SplitBackwardStage(params, stage, first_forwards, reach * stage));
  }
  return order;
}

}  // namespace

PipelineOrder ZeroBubbleH1Order(const PipelineParams& params) { return ZeroBubbleOrder(params, 1); }

PipelineOrder ZeroBubbleH2Order(const PipelineParams& params) { return ZeroBubbleOrder(params, 2); }

}  // namespace tessera
