// What can be said of a network without simulating it: counts, distances, bisection, and the closed
// forms of queueing and hashing that its models rest on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/units.h"
#include "topology/topology.h"

namespace tessera {

struct Distances {
  int diameter = 0;  // Links of the longest shortest way between chips.
  double mean = 0;   // Over ordered pairs, a chip and itself included.
  int from = 0;      // So many chips, the first and the last ones, to all.
};
// One breadth-first search per chip, from `most_sources` chips at most.
Distances ChipDistances(const Topology& topology, int most_sources = 1 << 30);

// The least of the greatest flows between two halves of the chips, over halves in which the chips
// of every other run of equal length lie: for grids these include the cuts across each dimension
// of even extent, for trees the cut at the root. (The least over all halves is NP-hard.) Needs an
// even number of chips. One max-flow (Boykov-Kolmogorov) per power-of-two share of the chips.
Bandwidth BisectionBandwidth(const Topology& topology);

// Of the links of one tier, and of none above: the bisection between the chips of the first node
// for tiers inside nodes, between all chips for scale-out. Nothing for a tier without links, an odd
// number of chips or more than `most_chips` of them (the time grows with their square).
std::optional<Bandwidth> BisectionOfTier(const Topology& topology, Tier tier, int most_chips);

// What is not as regular as most of the graph, a sentence each with how many and the first by name:
// links without an equal one back, chips whose links out differ from those of most chips.
std::vector<std::string> Asymmetries(const Topology& topology);

// f equal flows hashed uniformly and independently onto u uplinks (ECMP).
struct EcmpCollisions {
  double no_collision_probability = 0;  // u! / (u^f (u - f)!)
  double idle_fraction = 0;             // Expected share of uplinks without a flow: (1 - 1/u)^f.
  double expected_most_flows = 0;       // E[flows on the fullest uplink].
  // E[1 / flows on the fullest uplink]: what the slowest flow gets of the line rate.
  double slowest_flow_fraction = 0;
};
// Exact, by counting placements with at most m flows on every uplink. f, u >= 1. O(f^3 u).
EcmpCollisions CollisionsOf(int flows, int uplinks);

// Mean time in the queue before service, in mean service times, of Poisson arrivals at utilisation
// rho in [0, 1): by Pollaczek and Khinchine rho (1 + v) / (2 (1 - rho)), where v is the variance of
// the service time over the square of its mean: 0 if constant (M/D/1), 1 if exponential (M/M/1).
double MeanQueueingServices(double utilisation, double squared_variation);

// Buffer that a lossless port needs beyond the pause threshold: what arrives while a pause frame
// crosses the cable and takes effect (IEEE 802.1Qbb, simplified).
struct PauseParams {
  Bandwidth rate;
  Duration cable_delay{};  // One way.
  Bytes largest_packet;    // One may be under way at either end.
  Bytes reaction;          // Sent before the sender reacts.
};
Bytes PauseHeadroom(const PauseParams& params);

}  // namespace tessera
