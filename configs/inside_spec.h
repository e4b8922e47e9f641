// What chips are made of, where traffic inside them is simulated (topology/expand.h).
#pragma once

#include <optional>
#include <vector>

#include "core/units.h"

namespace tessera {

// A mesh of dies or tiles.
struct UnitSpec {
  std::vector<int> extents;
  bool wraps = false;
  Bandwidth bandwidth;  // Of a link, each direction.
  Duration latency{};
  int ports = 1;  // Parts of each link to outside.
  int homes = 1;  // Units that ranks lie on.
};

struct InsideSpec {
  std::optional<UnitSpec> dies{};   // Of each chip.
  std::optional<UnitSpec> tiles{};  // Of each die.

  bool any() const { return dies.has_value() || tiles.has_value(); }
  // Vertices of a chip that ranks lie on.
  int homes() const {
    return (dies.has_value() ? dies->homes : 1) * (tiles.has_value() ? tiles->homes : 1);
  }
};

}  // namespace tessera
