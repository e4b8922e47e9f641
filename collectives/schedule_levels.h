// What a schedule asks of ports and links level by level, for algorithms without a closed form and
// for chips that are wired to each other. A level holds the transfers whose longest chain of
// predecessors has the same length; the estimate takes levels to run one after the other.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "collectives/algorithm.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

struct ScheduleLevel {
  bool inside = false;       // Some transfer stays in a node ...
  bool between = false;      // ... or leaves it.
  double largest = 0;        // Bytes of the largest transfer.
  double chip_bytes = 0;     // Through the busiest scale-up port of a chip, one direction.
  double link_seconds = 0;   // For which the busiest scale-up link is busy.
  double network_bytes = 0;  // Through the busiest NIC, one direction.
};

// Endpoints are the vertices of the ranks and switches. Time: transfers times hops of their routes.
std::vector<ScheduleLevel> LevelsOf(const Schedule& schedule, const AlgorithmInput& input,
                                    absl::Span<const VertexId> endpoints, const Topology& topology);

}  // namespace tessera
