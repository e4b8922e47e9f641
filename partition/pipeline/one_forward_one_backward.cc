#include "partition/pipeline/one_forward_one_backward.h"

#include <algorithm>

namespace tessera {

PipelineOrder OneForwardOneBackwardOrder(const PipelineParams& params) {
  PipelineOrder order(static_cast<size_t>(params.stages));
  for (int stage = 0; stage < params.stages; ++stage) {
    auto& passes = order[static_cast<size_t>(stage)];
    const int warmup = std::min(params.microbatches, params.stages - 1 - stage);
    for (int step = 0; step < params.microbatches + warmup; ++step) {
      if (step < params.microbatches) {
        passes.push_back({.kind = PassKind::kForward, .microbatch = step, .chunk = stage});
      }
      if (step >= warmup) {
        passes.push_back(
            {.kind = PassKind::kBackward, .microbatch = step - warmup, .chunk = stage});
      }
    }
  }
  return order;
}

}  // namespace tessera
