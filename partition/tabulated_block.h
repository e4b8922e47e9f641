// One block of a model on a tabulated machine: its layers' computation, passes over memory and
// tensor collectives, added up (partition/tabulated_plan.h says after whom).
#pragma once

#include <array>

#include "configs/tabulated_machine.h"

namespace tessera {

inline constexpr double kTabulatedElementBytes = 2;  // Of a value, weight or gradient on the wire.

// Of one micro-batch on one processor: seconds, and bytes of what is held.
struct TabulatedBlock {
  double forward = 0, input_gradient = 0, weight_gradient = 0, again = 0, optimizer = 0;
  // Of the tensor group, inside a stage and at its last block.
  std::array<double, 2> forward_traffic{}, backward_traffic{}, again_traffic{};
  double weights = 0, working = 0, storage = 0, shard_gradients = 0, gradients = 0;
  double value_gradients = 0, states = 0;
};

// Precondition: degrees divide what they split. O(layers of a block).
TabulatedBlock AddUpBlock(const TabulatedPlan& plan, const TabulatedModel& model,
                          const TabulatedMachine& machine);

}  // namespace tessera
