// Ring algorithms: every rank sends to its successor only.
#pragma once

#include <vector>

#include "collectives/algorithm.h"

namespace tessera {

// `rails` rings side by side over the same ranks, each with an equal part of every rank's chunk.
// n - 1 hops for each chunk in reduce_scatter, from its owner's successor round to the owner, and
// in all_gather, from the owner on; all_reduce does both in turn: 2 (n - 1)(latency + S / (n B)).
// A rank forwards a chunk as soon as it has it (NCCL's network proxies keep several in flight), so
// a slow hop delays every chunk once a passage, not every step.
Schedule RingSchedule(const AlgorithmInput& input);
AlgorithmCost RingCost(const AlgorithmInput& input);

// The order of ranks in each ring. Within one node: as numbered. Over nodes, a ring leaves each
// node once; with as many rails as ranks in a node it enters over one rail and leaves over another,
// and all rings together use every rail once in each direction at every node.
std::vector<std::vector<int>> RingOrders(const AlgorithmInput& input);

}  // namespace tessera
