// UGAL: universal globally-adaptive load-balanced routing. Source: Singh, "Load-balanced routing in
// interconnection networks", 2005; for dragonflies Kim et al. 2008.
//
// Hardware decides packet by packet, by the queues it sees. Routes here are pure functions, so the
// load is that of a demand given beforehand: its flows decide in order, each for the minimal way or
// a detour, whichever has the smaller sum over its links of the time that they need for all that
// takes them; and again, until none changes its mind. (So every change lowers the sum of squares of
// the links' times, and it ends.) Everything not in the demand goes the minimal way.
// Simplification: one decision a flow, with knowledge of all links.
#pragma once

#include <memory>

#include "absl/types/span.h"
#include "core/units.h"
#include "topology/routing.h"

namespace tessera {

struct Demand {
  VertexId source = 0;
  VertexId target = 0;  // Another one.
  Bytes bytes{};
};

struct UgalWays {
  std::unique_ptr<const RoutePolicy> minimal;
  std::unique_ptr<const RoutePolicy> detour;  // Such as Valiant's.
};

// `topology` gives the links; its own routes are not used. Rounds, 64 at most, each linear in
// the links of all ways.
std::unique_ptr<RoutePolicy> MakeUgalRoutes(const Topology& topology, UgalWays ways,
                                            absl::Span<const Demand> demand);

}  // namespace tessera
