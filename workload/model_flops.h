// Matrix FLOPs of a whole model, unsharded: the numerator of model FLOPs utilisation.
// A multiply-add counts as two. The embedding lookup is free; the output layer counts; sparse
// layers count the experts that a token uses. Source: domain notes 2.1, Narayanan 2021.
#pragma once

#include <cstdint>

#include "configs/model_spec.h"

namespace tessera {

// What is counted for one training step.
enum class FlopsConvention : uint8_t {
  kModel,          // Forward, and twice that backward; attention over the full square of scores.
  kModelCausal,    // The same with half the scores.
  kWithRecompute,  // kModel and one more forward of the layers.
};

// Forward FLOPs of one token by layers (attention over `visible_keys` mean keys) and output layer.
struct ForwardFlops {
  double layers = 0;
  double head = 0;
};
ForwardFlops ForwardFlopsPerToken(const ModelSpec& model, double visible_keys);

// Forward and backward of one token of a sequence of so many, `mtp_layers` of multi-token
// prediction (one sparse or last layer, its 2h x h projection and the shared output layer each)
// included.
double TrainingFlopsPerToken(const ModelSpec& model, int64_t sequence, FlopsConvention convention,
                             int mtp_layers = 0);

}  // namespace tessera
