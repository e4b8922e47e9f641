#include "partition/pipeline/gpipe.h"

namespace tessera {

PipelineOrder GpipeOrder(const PipelineParams& params) {
  PipelineOrder order(static_cast<size_t>(params.stages));
  for (int stage = 0; stage < params.stages; ++stage) {
    auto& passes = order[static_cast<size_t>(stage)];
    for (const PassKind kind : {PassKind::kForward, PassKind::kBackward}) {
      for (int m = 0; m < params.microbatches; ++m) {
        passes.push_back({.kind = kind, .microbatch = m, .chunk = stage});
      }
    }
  }
  return order;
}

}  // namespace tessera
