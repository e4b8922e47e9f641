// HyperX: a grid of switches in which all switches of a line along any dimension are joined.
// Source: Ahn, Binkert, Davis, McLaren, Schreiber, "HyperX: topology, routing, and packaging of
// efficient large-scale networks", 2009.
#pragma once

#include <memory>
#include <vector>

#include "topology/topology.h"
#include "topology/topology_builder.h"

namespace tessera {

struct HyperXParams {
  std::vector<int> extents;  // Switches along each dimension.
  int hosts_per_switch = 0;
  LinkKind host_link;
  LinkKind link;

  int switches() const;
  int hosts() const { return switches() * hosts_per_switch; }
  int radix() const;
};

// Host i is on switch i / hosts_per_switch; switches have mixed-radix coordinates, the first
// dimension varying fastest. Routes go to the right coordinate dimension by dimension.
std::unique_ptr<Topology> MakeHyperX(const HyperXParams& params);

}  // namespace tessera
