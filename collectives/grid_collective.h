// Reduce-scatter, all-gather and all-reduce dimension by dimension on lines, rings, meshes and
// tori.
#pragma once

#include <vector>

#include "collectives/algorithm.h"

namespace tessera {

// One dimension: `input.grid` empty stands for one dimension of all ranks.
// half_ring: every chunk runs half way round in both directions; ceil((n - 1) / 2) steps.
Schedule HalfRingSchedule(const AlgorithmInput& input);
// bidirectional_ring: halves of every chunk run all the way round, one each way; n - 1 steps.
Schedule BidirectionalRingSchedule(const AlgorithmInput& input);
// line: every chunk runs to both ends.
Schedule LineSchedule(const AlgorithmInput& input);

// torus: D dimensions of `input.grid`, ranks numbered along the first dimension first. The data
// are split in colours, each with the dimensions in another rotation, so that all dimensions are
// busy at once; where every dimension of more than two wraps, each rotation runs in both
// directions: 2 D colours. A colour of S_c bytes does reduce-scatters along its dimensions on S_c,
// S_c / n1, ... and all-gathers in reverse: 2 (1 - 1 / N) S / (2 D B) with equal sides.
Schedule TorusSchedule(const AlgorithmInput& input);
// torus_one_colour: the same with all data in the order of the dimensions, in one direction.
Schedule TorusOneColourSchedule(const AlgorithmInput& input);

// themis: `segments` chunks, each in the order of dimensions that Themis gives it by their relative
// bandwidths: its reduce-scatter takes the dimensions from the least loaded up, its all-gather
// goes back (arXiv 2110.04478). Orders are those of ThemisOrders.
Schedule ThemisSchedule(const AlgorithmInput& input);
// The order of dimensions for each of `chunks` chunks. The load of a dimension is the time its
// links are busy with the chunks before; equal loads: the dimension with the lower number first.
std::vector<std::vector<int>> ThemisOrders(const std::vector<GridDimension>& grid, int chunks);

}  // namespace tessera
