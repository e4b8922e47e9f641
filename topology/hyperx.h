// HyperX: a grid of switches in which all switches of a line along any dimension are joined.
// Source: Ahn, Binkert, Davis, McLaren, Schreiber, "HyperX: topology, routing, and packaging of
// efficient large-scale networks", 2009.
#pragma once

#include <cstdint>
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

  enum class Routing : uint8_t {
    kDimensionOrder,
    // First to a switch drawn by a hash of seed and ends, then on, both in dimension order. Source:
    // Valiant, Brebner, "Universal schemes for parallel communication", 1981.
    kValiant,
  };
  Routing routing = Routing::kDimensionOrder;
  uint64_t seed = 0;

  int switches() const;
  int hosts() const { return switches() * hosts_per_switch; }
  int radix() const;
};

// Host i is on switch i / hosts_per_switch; switches have mixed-radix coordinates, the first
// dimension varying fastest. In dimension order routes go to the right coordinate one by one.
std::unique_ptr<Topology> MakeHyperX(const HyperXParams& params);
// Its routes alone, to combine with others (topology/ugal.h).
std::unique_ptr<RoutePolicy> MakeHyperXRoutes(const HyperXParams& params);

}  // namespace tessera
