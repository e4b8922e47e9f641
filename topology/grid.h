// Meshes and tori of any number of dimensions: networks on chip, die-to-die meshes, chip tori.
// Also their one-dimensional cases, lines and rings.
#pragma once

#include <memory>
#include <vector>

#include "topology/topology.h"
#include "topology/topology_builder.h"

namespace tessera {

struct GridParams {
  std::vector<int> extents;     // All positive; the first dimension varies fastest.
  std::vector<LinkKind> links;  // By dimension; one for all.
  bool wraps = false;           // Dimensions of more than two vertices close to rings.
};

// Every vertex is a chip with links to its neighbours; routes in dimension order, the shorter way
// round, an exact tie upwards. All chips are one node.
std::unique_ptr<Topology> MakeGrid(const GridParams& params);

// `hosts` chips, each with one link to one switch that blocks nothing.
std::unique_ptr<Topology> MakeCrossbar(int hosts, const LinkKind& link);

// `chips` chips with a link between any two.
std::unique_ptr<Topology> MakeFullMesh(int chips, const LinkKind& link);

}  // namespace tessera
