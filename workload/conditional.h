// Work that runs only sometimes: speculative decoding and early exit. Domain notes 5.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace tessera {

// A draft model proposes `drafted` tokens; the target accepts each with probability `accept` and
// verifies all in one step. arXiv 2211.17192.
struct Speculation {
  double accept = 0;
  int drafted = 0;
  double draft_cost = 0;  // One draft step over one target step.
};
// Mean tokens a step: (1 - accept^(drafted + 1)) / (1 - accept).
double TokensPerStep(const Speculation& speculation);
// Over plain decoding, while verification stays bound by memory.
double SpeculativeSpeedup(const Speculation& speculation);

// Chance that a layer runs in a synchronous batch: that any sequence is still in. Sequences leave
// after layer i with probability leave[i].
std::vector<double> LayerChances(absl::Span<const double> leave, int64_t batch);
// Mean layers a token runs when it leaves after layer i with probability leave[i], 0 <= i < layers.
double MeanLayers(absl::Span<const double> leave);
// The same for a synchronous batch: a layer runs while any sequence is still in.
double MeanBatchLayers(absl::Span<const double> leave, int64_t batch);

}  // namespace tessera
