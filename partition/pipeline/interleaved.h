#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// Interleaved 1F1B with v chunks a stage: passes advance in groups of p micro-batches, chunk by
// chunk; stage i starts with min(vm, 2(p-1-i) + (v-1)p) forwards. Bubble (p-1)(tf+tb)/v; stage 0
// holds p(1+(p-1)/(pv)) micro-batches of its layers. Needs m to be a multiple of p.
// Source: Narayanan 2021, arXiv 2104.04473; Megatron-LM's schedule of that name.
PipelineOrder InterleavedOrder(const PipelineParams& params);

}  // namespace tessera
