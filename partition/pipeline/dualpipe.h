#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// DualPipe: micro-batches enter from both ends, so every stage holds two copies of parameters
// (chunk i forwards, chunk p-1-i in reverse); forward of one direction and backward of the other
// are computed as overlapped pairs. Bubble (p/2-1)(F&B + B - 3W), B the whole backward; p+1
// micro-batches of activations. Needs p and m even, m >= 2p.
// Source: DeepSeek-V3 report, arXiv 2412.19437, and the DualPipe repository's step counts.
PipelineOrder DualPipeOrder(const PipelineParams& params);

}  // namespace tessera
