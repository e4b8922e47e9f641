#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// 1F1B: stage i runs min(m, p-1-i) forwards, then forward and backward in turn, then the remaining
// backwards. Time (m+p-1)(tf+tb); stage i holds min(m, p-i) micro-batches.
// Source: Narayanan 2021, arXiv 2104.04473.
PipelineOrder OneForwardOneBackwardOrder(const PipelineParams& params);

}  // namespace tessera
