// Direct algorithms: every pair of ranks talks without detours, all sends of a phase posted at
// once in rotated order (rank r first to r + 1, then r + 2, ...).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// all_to_all, all_to_allv: one phase; pairs with nothing to send (all_to_allv) are left out.
// reduce_scatter, all_gather, gather, scatter, broadcast, reduce: one phase. all_reduce: two-shot,
// a direct reduce-scatter and a direct all-gather. send_recv: one transfer.
Schedule DirectSchedule(const AlgorithmInput& input);
AlgorithmCost DirectCost(const AlgorithmInput& input);

// all_reduce in one phase: everyone sends its whole buffer to everyone and reduces locally.
Schedule OneShotSchedule(const AlgorithmInput& input);
AlgorithmCost OneShotCost(const AlgorithmInput& input);

}  // namespace tessera
