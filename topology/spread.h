// How traffic chooses among equally good ways: all of it one of them, or parts of it several.
#pragma once

#include <cstdint>

#include "topology/routing.h"

namespace tessera {

struct SpreadRule {
  enum class Kind : uint8_t {
    kDestination,  // Destination modulo the ways (D-mod-k): one tree per destination.
    kHash,         // ECMP: a hash of source, destination, queue pair and seed.
    kSpray,        // Packet by packet over all ways in turn: an equal part on each.
  };
  Kind kind = Kind::kDestination;
  uint64_t seed = 0;
  // kHash: a flow is striped evenly over so many queue pairs, each hashed on its own. (They advance
  // together: a message is done when its slowest stripe is.)
  int queue_pairs = 1;

  // In how many parts traffic is laid that could take any of `all` ways.
  int PartsOf(int all) const;
};

// One decision along a route.
struct Decision {
  int number = 0;       // Tells the decisions of one route apart.
  int destination = 0;  // What D-mod-k looks at.
  int ways = 1;
  int part = 0;    // Of the traffic: which of PartsOf().
  int stride = 1;  // kSpray: parts in a row that decide alike.
};
// The way to take, from 0.
int Choose(const SpreadRule& rule, RouteEnds ends, const Decision& decision);

}  // namespace tessera
