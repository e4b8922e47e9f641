// All-reduce in two levels: inside the nodes and across them.
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// Ring reduce-scatter inside each node, ring all-reduce across nodes among the ranks of the same
// place (all rails at once), ring all-gather inside. `segments` pieces of the buffer follow each
// other through the three phases, so that phases of different pieces overlap:
// 2 (G - 1)(ai + S / (G Bi)) + 2 (N - 1)(ae + S / (G N Be)) for one piece.
Schedule TwoLevelSchedule(const AlgorithmInput& input);

// two_level_direct: inside a node every pair of ranks talks directly, for full meshes and switches.
Schedule TwoLevelDirectSchedule(const AlgorithmInput& input);

}  // namespace tessera
