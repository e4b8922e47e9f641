// What `tessera topology` shows of a graph: vertices and links by tier, distances, bisection, what
// is irregular, and a check that every route can be followed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "topology/analysis.h"
#include "topology/topology.h"

namespace tessera {

struct TierView {
  int64_t links = 0;  // One direction each.
  Bandwidth least_bandwidth;
  Bandwidth greatest_bandwidth;
  Duration least_latency{};
  Duration greatest_latency{};
  Bandwidth per_chip;  // Out of the average chip into this tier.
  // BisectionOfTier, of up to kMostBisected chips.
  std::optional<Bandwidth> bisection;
};

struct TopologyView {
  int chips = 0;
  std::string end = "chip";  // What traffic begins and ends at: a "chip", "die" or "tile".
  int nodes = 0;
  int nics = 0;
  int switches = 0;
  std::array<TierView, kTierCount> tiers;
  Distances distances;  // From up to kMostSources chips.
  std::vector<std::string> asymmetries;
};
inline constexpr int kMostBisected = 1024;
inline constexpr int kMostSources = 1024;
TopologyView ViewTopology(const Topology& topology);

// Follows the route between any two chips (between those of the first and the last 64 where there
// are more). Error: the first route that is broken, does not end where it should, or passes a
// vertex twice.
absl::Status CheckRoutes(const Topology& topology);

}  // namespace tessera
