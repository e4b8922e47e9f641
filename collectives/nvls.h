// NCCL's NVLS and NVLS tree: all-reduce in the switches of the nodes, with owners.
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// Switch i (endpoint ranks + i) serves node i. Every rank of a node owns a share of the buffer: the
// switch sums the share from all ranks as its owner reads it, the owner writes the sum back and the
// switch multicasts it. As the transfers of a schedule have one target each, the multicast is one
// transfer per rank out of the switch, into which the owner's share went once. So every rank sends
// S + S / G and receives as much. Several nodes: the owners of a share reduce across nodes in
// between, over NCCL's two trees in turn. `segments` pieces make the phases overlap.
Schedule NvlsSchedule(const AlgorithmInput& input);
AlgorithmCost NvlsCost(const AlgorithmInput& input);

}  // namespace tessera
