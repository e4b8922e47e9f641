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

// One decision along a route.
struct Decision {
  int number = 0;       // Tells the decisions of one route apart.
  int destination = 0;  // What D-mod-k looks at.
  int ways = 1;
};
// The way to take, from 0.
int Choose(const SpreadRule& rule, RouteEnds ends, const Decision& decision);

}  // namespace tessera
