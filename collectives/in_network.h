// Reduction and multicast in the switches (NVLS, SHARP).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// Switch i (endpoint ranks + i) serves node i. Every rank owns a share of the reduction. One node,
// all_reduce as NCCL's NVLS does it: the switch sums each share from all ranks as its owner reads
// it, the owner writes the sum back and the switch multicasts it. As the transfers of a schedule
// have one target each, the multicast is one transfer per rank out of the switch, into which the
// owner's share went once. all_reduce: every rank sends S + S / n up and receives S / n + S.
// reduce_scatter: S up, S / n down. all_gather: S / n up, S down; both within one node. Several
// nodes (all_reduce): the owners of a share reduce across nodes in between, over a double binary
// tree per rail (NVLS tree). `input.segments` pieces per share make the phases overlap.
Schedule InNetworkSchedule(const AlgorithmInput& input);
AlgorithmCost InNetworkCost(const AlgorithmInput& input);

}  // namespace tessera
