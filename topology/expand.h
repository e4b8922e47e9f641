// What vertices are made of: every chip of a topology becomes a grid of units (dies of a package,
// tiles of a die) with links of its own, and what led to the chip now leads to units on its edge.
// Expanding twice puts tiles on the dies of packages, under whatever joins packages and nodes, so
// that traffic shares links of all four tiers on one route.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "topology/topology.h"
#include "topology/topology_builder.h"

namespace tessera {

struct UnitParams {
  std::string name;          // "die", "tile": names become "node0/chip3/die1".
  std::vector<int> extents;  // All positive; the first dimension varies fastest.
  bool wraps = false;        // Dimensions of more than two units close to rings.
  LinkKind link;             // Between neighbours.
  // Units of each chip, evenly spaced, at which traffic begins and ends: the chips of the new
  // topology, chip by chip. Divides the number of units; the others pass traffic on.
  int homes = 1;
  // Every link from or to a chip is divided into so many equal ones at as many units (or at all of
  // an edge, if that has fewer).
  int ports = 1;
};

// Where links are attached: those along dimension d of a grid of chips on the two edges of the
// chip's own dimension d, if it has one; all others evenly over its units, in the order of the
// neighbours.
// Routes: those of `coarse` from chip to chip. Within a chip, dimension order from where the way
// comes in to where it goes out: of the parts of a link to the one nearest; where several are, and
// where the link does not start in a chip, to one that the target's number chooses.
// Linear in the size of the new graph.
std::unique_ptr<Topology> Expand(std::unique_ptr<const Topology> coarse, const UnitParams& unit);

}  // namespace tessera
