// Dispatch and combine of tokens as products with masks, where every expert has a fixed number of
// slots for the tokens of a sequence (GShard, arXiv 2006.16668, algorithm 1; MaxText with
// sparse_matmul=False). Tokens are laid out into slots by [slots, tokens] x [tokens, hidden], and
// summed up by [tokens, slots] x [slots, hidden]; slots of all experts are capacity_factor times
// the copies of the tokens, so the work grows with the square of the sequence. Backward: the
// transposed products, and the gradient of the weights in the combining mask.
#pragma once

#include <vector>

#include "workload/layer_operators.h"

namespace tessera {

// Of one sparse layer on one rank, whose tokens are masked sequence by sequence.
std::vector<Operator> CapacityDispatchForward(const ModelSpec& model, const ShardShape& shape,
                                              double capacity_factor);
std::vector<Operator> CapacityDispatchBackward(const ModelSpec& model, const ShardShape& shape,
                                               double capacity_factor);

}  // namespace tessera
