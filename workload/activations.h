// Activations that one layer keeps for its backward pass, bytes of one rank and micro-batch.
// Korthikanti 2022 (arXiv 2205.05198) for GPT layers with dropout; the same bookkeeping for SwiGLU,
// grouped queries, latent attention, narrow compute formats and routed experts.
#pragma once

#include "configs/job_spec.h"
#include "workload/layer_operators.h"

namespace tessera {

struct ActivationBytes {
  double replicated = 0;  // Block inputs, norms, residual dropout: split by sequence parallelism.
  double attention = 0;   // Queries, keys, values, output: split over tensor ranks.
  double scores = 0;      // Softmax and its dropout, where they are written to memory.
  double mlp = 0;         // Up projections and activation, of experts for a sparse layer.
  double Total() const { return replicated + attention + scores + mlp; }
};

// `sparse`: a layer of routed experts with as many rows here as tokens times choices (balanced).
// Selective recomputation drops the scores; full keeps the layer's input only.
ActivationBytes ActivationBytesPerLayer(const ModelSpec& model, const ShardShape& shape,
                                        bool sparse, Recompute recompute);

}  // namespace tessera
