// Layers whose activations a pipeline stage holds at once. The order of its passes decides, which
// needs no clock.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "configs/model_spec.h"
#include "partition/stage_parameters.h"

namespace tessera {

// Passes through so many layers, dense and sparse ones apart.
using HeldLayers = std::array<int32_t, 2>;

// By stage, what is held at the moments that can be the peak: no set is contained in another.
// Orders repeat themselves once the pipeline is full, so their first 4 * pipeline micro-batches
// (all of GPipe's) tell. O(passes of these).
std::vector<std::vector<HeldLayers>> HeldAtPeak(const ModelSpec& model, const PlanSpec& completed,
                                                const ModelPartition& partition,
                                                int64_t microbatches);

// Micro-batches that HeldAtPeak looks at: equal ones give equal answers.
int64_t MicrobatchesForPeak(const PlanSpec& completed, int64_t microbatches);

double PeakBytes(const std::vector<HeldLayers>& held, const std::array<double, 2>& layer_bytes);

}  // namespace tessera
