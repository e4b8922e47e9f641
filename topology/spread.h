// How traffic chooses among equally good ways.
#pragma once

#include <cstdint>

#include "topology/routing.h"

namespace tessera {

struct SpreadRule {
  enum class Kind : uint8_t {
    kDestination,  // Destination modulo the ways (D-mod-k): one tree per destination.
    kHash,         // ECMP: a hash of source, destination and seed.
  };
  Kind kind = Kind::kDestination;
  uint64_t seed = 0;
};

// One of `ways` for the `choice`-th decision along a route; `destination` is what D-mod-k looks at.
int Choose(const SpreadRule& rule, RouteEnds ends, int choice, int destination, int ways);

}  // namespace tessera
