// Proof of a schedule by execution on sets. Instead of numbers, every chunk of every endpoint
// holds the set of ranks whose contribution it contains.
//
// Semantics: that of the DAG, not of any order of the list. A transfer carries what its
// predecessors (direct and indirect) guarantee about its source at that moment; writes that are
// not ordered before it are not seen (they rest in a receive buffer). So a missing dependency
// shows as missing data, never as luck. A reducing transfer must bring only contributions that
// its target lacks; two writes of which one replaces must be ordered.
//
// What every rank must end with is fixed by the operation (collectives/algorithm.h).
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "core/units.h"
#include "fabric/schedule.h"

namespace tessera {

// Error: the first fault, naming transfer, ranks and chunk: who lacks or double-counts what, or
// which two transfers race. Time: transfers times their ancestors; meant for tests and for
// imported schedules of up to some 10^5 transfers.
// `matrix`: of an all_to_allv, whose empty pairs need no transfer.
absl::Status CheckSchedule(const Schedule& schedule, CollectiveOp op,
                           absl::Span<const Bytes> matrix = {});

}  // namespace tessera
