#pragma once

#include "partition/pipeline/pipeline_order.h"

namespace tessera {

// ZB-V: each stage holds two chunks, placed as a V, so that the last chunk ends where the first
// began. No bubble inside a stage's own span when TF = TB = TW; activations of p micro-batches of
// a stage's layers (2p chunk passes). Source of the placement and the claim: Qi 2024,
// arXiv 2405.15362.
//
// The order is list scheduling in time slots of one pass, by rule: a stage whose 2p activations are
// used up frees one (weight gradient) before anything else; otherwise forward of the second chunk,
// forward of the first, backward of the first, backward of the second, weight gradient.
// O(stages * passes).
PipelineOrder ZeroBubbleVOrder(const PipelineParams& params);

}  // namespace tessera
