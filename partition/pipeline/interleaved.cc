#include "partition/pipeline/interleaved.h"

#include <algorithm>

namespace tessera {
namespace {

// The k-th forward (or, mirrored, backward) pass of a stage.
Pass NthPass(const PipelineParams& params, int stage, PassKind kind, int k) {
  const int p = params.stages;
  const int v = params.chunks_per_stage;
  const int round = k / p % v;
  const int local_chunk = kind == PassKind::kForward ? round : v - 1 - round;
  return {.kind = kind, .microbatch = k / (p * v) * p + k % p, .chunk = local_chunk * p + stage};
}

}  // namespace

PipelineOrder InterleavedOrder(const PipelineParams& params) {
  const int p = params.stages;
  const int v = params.chunks_per_stage;
  const int passes_each_way = params.microbatches * v;
  PipelineOrder order(static_cast<size_t>(p));
  for (int stage = 0; stage < p; ++stage) {
    auto& passes = order[static_cast<size_t>(stage)];
    const int warmup = std::min(passes_each_way, 2 * (p - 1 - stage) + (v - 1) * p);
    for (int step = 0; step < passes_each_way + warmup; ++step) {
      if (step < passes_each_way) {
        passes.push_back(NthPass(params, stage, PassKind::kForward, step));
      }
      if (step >= warmup) {
        passes.push_back(NthPass(params, stage, PassKind::kBackward, step - warmup));
      }
    }
  }
  return order;
}

}  // namespace tessera
