// Swing: recursive halving and doubling whose partners lie alternately left and right at distances
// 1, 1, 3, 5, 11, ..., so that on a ring or torus fewer hops share a link (arXiv 2401.09356).
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// The partner of `rank` among n at step s: rho(s) = (1 - (-2)^(s + 1)) / 3 further for even ranks,
// back for odd ones.
int SwingPeer(int rank, int step, int n);

// Powers of two only. reduce_scatter: at each step a rank sends its partner the blocks of all ranks
// that the partner still reaches; all_gather: the mirror image; all_reduce: both.
Schedule SwingSchedule(const AlgorithmInput& input);

}  // namespace tessera
