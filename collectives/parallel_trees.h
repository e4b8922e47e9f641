// PAT (parallel aggregated trees, NCCL 2.23): a binomial tree rooted at every rank, all shifted
// copies of one, far hops first (NVIDIA/nccl src/include/collectives.h, arXiv 2506.20252).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// all_gather: ceil(log2 n) rounds at distances from the largest power of two below n down; in the
// round of distance d a rank sends to r - d the blocks r + o for all multiples o of 2 d with
// o + d < n. reduce_scatter: the mirror image in time and direction. Full aggregation: one message
// a round, as NCCL does when its buffers suffice.
Schedule PatSchedule(const AlgorithmInput& input);

}  // namespace tessera
