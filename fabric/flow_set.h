// Independent flows on links, without a topology or dependencies: when does each finish under
// max-min fair sharing? The plainest use of the fluid model.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "core/units.h"

namespace tessera {

struct LoneFlow {
  Time start;
  Duration latency{};  // After the start; takes no bandwidth.
  Bytes bytes;
  std::vector<int32_t> route;  // Links, by their place among the capacities; no link twice.
  // What a byte of the flow counts for on each link of the route (fabric/max_min_solver.h): so a
  // link of capacity c that takes a third of a sprayed flow has capacity 3 c here. Empty: 1 each.
  std::vector<int32_t> coefficients = {};
  Bandwidth rate_cap{};  // Zero: none.
};

// Finish of each flow, rounded up to whole picoseconds. A flow without bytes or links finishes when
// its latency is over. Capacities are positive.
std::vector<Time> FinishTimes(absl::Span<const Bandwidth> capacities,
                              absl::Span<const LoneFlow> flows);

}  // namespace tessera
