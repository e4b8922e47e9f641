// Two instruction lists on one rank, interleaved so that the expert exchanges of one hide under the
// computation of the other: DualPipe's pairs of forward and backward passes, and the two half
// batches of inference. Source: DeepSeek-V3 report, arXiv 2412.19437, 3.2.1 and 3.4.
#pragma once

#include <vector>

#include "partition/instruction_writer.h"

namespace tessera {

// Runs `first` until it meets a blocking exchange along the expert axis, starts that without
// blocking, goes on with `second` until that meets one, comes back and waits for its own, and so
// on. Neither list may wait for the expert slots itself. `stretch` >= 1: computation takes so much
// longer beside the kernels of the exchange. O(instructions).
std::vector<Instruction> Interleave(const std::vector<Instruction>& first,
                                    const std::vector<Instruction>& second, double stretch);

}  // namespace tessera
