// Reduction and multicast in the switch of one node, without help of the ranks (SHARP principle).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// One switch (endpoint `ranks`); one node only. As the transfers of a schedule have one target
// each, a multicast is one transfer per receiving rank out of the switch, into which the data went
// once. all_reduce: ranks push S, the switch sums and multicasts; `segments` pieces make the two
// phases overlap: (1 + 1 / k) S / B. reduce, broadcast: one of the phases towards or from rank 0.
// reduce_scatter: pushes S, one share after the other, and gets S / n. all_gather: pushes S / n and
// gets the others' shares.
Schedule InNetworkSchedule(const AlgorithmInput& input);

}  // namespace tessera
