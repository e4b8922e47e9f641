// Checks on routes that every topology must pass.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "topology/topology.h"

namespace tessera {

// The names of the vertices that a route passes, its target included.
inline std::vector<std::string> RouteNames(const Topology& topology, VertexId source,
                                           VertexId target) {
  std::vector<std::string> names;
  for (const LinkId link : topology.Route(source, target)) {
    const Link& l = topology.links()[static_cast<size_t>(link)];
    names.push_back(topology.vertices()[static_cast<size_t>(l.target)].name);
  }
  return names;
}

// Every route starts and ends where it should, link after link, and passes no link twice.
inline void ExpectRoutesLead(const Topology& topology) {
  for (ChipId a = 0; a < topology.chips(); ++a) {
    for (ChipId b = 0; b < topology.chips(); ++b) {
      VertexId at = a;
      for (const LinkId link : topology.Route(a, b)) {
        const Link& l = topology.links()[static_cast<size_t>(link)];
        ASSERT_EQ(l.source, at);
        at = l.target;
      }
      ASSERT_EQ(at, b);
      ASSERT_LE(topology.Route(a, b).size(), topology.vertices().size());
    }
  }
}

}  // namespace tessera
