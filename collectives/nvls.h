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

// sharp: the same inside nodes; across them the switches of the network reduce: rail i has the
// reducing switch ranks + nodes + i (a whole aggregation tree seen as one), to which every owner
// sends its share once and from which it gets the sum once: S / rails each way through a NIC in
// place of 2 S / rails. Source: Graham et al., "Scalable Hierarchical Aggregation Protocol
// (SHArP)", 2016; NVIDIA/nccl src/graph (CollNet, NVLS). One node: as nvls.
Schedule SharpSchedule(const AlgorithmInput& input);
AlgorithmCost SharpCost(const AlgorithmInput& input);

}  // namespace tessera
