// All-to-all in rounds: pairwise, Bruck, hypercube, and forwarding by rails (PXN).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// pairwise: n - 1 rounds of one partner each; rank r exchanges with r xor s for powers of two, else
// sends to r + s and receives from r - s. all_to_all, all_to_allv.
Schedule PairwiseSchedule(const AlgorithmInput& input);

// bruck: ceil(log2 n) rounds; in round s every block whose remaining way has bit s moves to r + 2^s
// (Bruck et al. 1997). all_gather: round s sends the first min(2^s, n - 2^s) blocks to r - 2^s.
Schedule BruckSchedule(const AlgorithmInput& input);

// hypercube: log2 n rounds over powers of two; in round s a rank hands r xor 2^s all blocks on that
// side. all_to_all.
Schedule HypercubeSchedule(const AlgorithmInput& input);

// rail_forwarded (PXN): inside a node every block goes to the rank on the rail of its destination,
// which sends all blocks of its node for one remote rank of its rail together: N - 1 partners per
// NIC in place of G (N - 1). Source: NVIDIA, "Doubling all2all performance with NCCL 2.12".
// all_to_all, all_to_allv.
Schedule RailForwardedSchedule(const AlgorithmInput& input);

}  // namespace tessera
