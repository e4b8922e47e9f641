// Operations with a root (rank 0) over trees and chains.
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// binomial: ceil(log2 n) rounds. broadcast: in round s the ranks below 2^s send all to r + 2^s;
// reduce: the mirror image. scatter: a rank hands the upper half of its range of ranks on; gather:
// the mirror image.
Schedule BinomialSchedule(const AlgorithmInput& input);

// chain: `segments` pieces run from rank to rank: (n - 2 + k) (latency + S / (k B)). broadcast,
// reduce (towards rank 0). Over nodes, `rails` chains side by side, each with an equal part of the
// buffer, in the order of NCCL's rings (collectives/ring.h): what NCCL calls ring for these
// operations.
Schedule ChainSchedule(const AlgorithmInput& input);
AlgorithmCost ChainCost(const AlgorithmInput& input);

// scatter_all_gather: broadcast by a binomial scatter and a ring all-gather.
Schedule ScatterAllGatherSchedule(const AlgorithmInput& input);

}  // namespace tessera
