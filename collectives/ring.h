// Ring algorithms: every rank sends to its successor only.
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// n ranks, each buffer cut in n chunks. reduce_scatter: n - 1 steps, at step s rank r sends chunk
// r - 1 - s, so that r ends owning chunk r. all_gather: n - 1 steps, r sends chunk r - s.
// all_reduce: the two in turn, 2 (n - 1)(latency + S / (n B)).
Schedule RingSchedule(const AlgorithmInput& input);

}  // namespace tessera
