#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// Zero-bubble schedules that fill the bubble with weight gradients. Source: Qi 2023,
// arXiv 2401.10241; the orders as rules are derived here and checked by execution.
//
// ZB-H1: stage i starts with min(m, p-i) forwards and lets weight gradients lag i micro-batches.
// Bubble (p-1)(TF+TB-TW); activations of p micro-batches, as 1F1B.
PipelineOrder ZeroBubbleH1Order(const PipelineParams& params);

// ZB-H2: min(m, 2(p-i)-1) forwards, a lag of 2i. Inside each stage's own span the bubble is
// (p-1)(TF+TB-2TW); activations of 2p-1 micro-batches.
PipelineOrder ZeroBubbleH2Order(const PipelineParams& params);

}  // namespace tessera
