// Links that are counted in shares, and how many of them a route takes: what an empty list stands
// for.
#pragma once

#include <cstdint>

#include "fabric/placement.h"

namespace tessera {

// In how many shares one of the placement's own links is counted.
inline int32_t SharesOf(const Placement& placement, size_t link) {
  return placement.shares().empty() ? 1 : placement.shares()[link];
}
// How many of them the transfer takes of the link at a hop of its route.
inline int32_t CoefficientOf(const PairRoute& route, size_t hop) {
  return route.coefficients.empty() ? 1 : route.coefficients[hop];
}

}  // namespace tessera
