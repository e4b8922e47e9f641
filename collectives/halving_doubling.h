// Recursive halving and doubling: partners at distances of powers of two.
#pragma once

#include "collectives/algorithm.h"

namespace tessera {

// reduce_scatter by recursive halving, all_gather by recursive doubling, all_reduce by both in turn
// (Rabenseifner): 2 log2(n) steps, 2 (n - 1) / n S bytes per rank. Ranks beyond the largest power
// of two p are folded: the first 2 (n - p) ranks pair up, one of each pair hands its vector over
// first and receives its result last (Thakur et al. 2005).
Schedule HalvingDoublingSchedule(const AlgorithmInput& input);
AlgorithmCost HalvingDoublingCost(const AlgorithmInput& input);

// all_reduce of other than powers of two with the refined fold (Rabenseifner): the two ranks of a
// pair exchange halves, each reduces one, and the extra rank hands its reduced half over; so both
// share the work of reducing.
Schedule HalvingDoublingSplitFoldSchedule(const AlgorithmInput& input);

// all_reduce, barrier: log2(n) exchanges of the whole vector; folded likewise.
Schedule RecursiveDoublingSchedule(const AlgorithmInput& input);
AlgorithmCost RecursiveDoublingCost(const AlgorithmInput& input);

}  // namespace tessera
