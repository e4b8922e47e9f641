// What steps of a symmetric schedule have in common, whatever they send and after what: who sends
// to whom, seen from the first block of a regular machine.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/regular_machine.h"
#include "fabric/symmetric_schedule.h"

namespace tessera {

// Who sends to whom, and how it goes there.
struct StepPattern {
  std::vector<RegularMachine::Route> routes;  // Of each chip of the block; empty: does not send.
  std::vector<int32_t> source;                // Chip of a block that sends to each; -1: none.
  std::vector<bool> sends;
};

struct StepPatterns {
  std::vector<StepPattern> distinct;  // In the order of first use.
  std::vector<int32_t> of_step;       // Place in `distinct`.

  const StepPattern& OfStep(size_t step) const {
    return distinct[static_cast<size_t>(of_step[step])];
  }
};

// `schedule` is one that CheckSymmetric accepts, for this machine. Time: patterns times chips of a
// block times links of a route.
StepPatterns PatternsOf(const RegularMachine& machine, const SymmetricSchedule& schedule);

}  // namespace tessera
