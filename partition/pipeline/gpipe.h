#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// All forwards, then all backwards. Time (m+p-1)(tf+tb); every stage holds m micro-batches.
// Source: Huang 2019, arXiv 1811.06965.
PipelineOrder GpipeOrder(const PipelineParams& params);

}  // namespace tessera
