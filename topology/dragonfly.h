// The dragonfly: groups of routers, all joined inside a group, every two groups joined by a link.
// Source: Kim, Dally, Scott, Abts, "Technology-driven, highly-scalable dragonfly topology", 2008.
#pragma once

#include <cstdint>
#include <memory>

#include "topology/topology.h"
#include "topology/topology_builder.h"

namespace tessera {

struct DragonflyParams {
  int hosts_per_router = 0;         // p
  int routers_per_group = 0;        // a
  int global_links_per_router = 0;  // h
  LinkKind host_link;
  LinkKind local_link;
  LinkKind global_link;

  enum class Routing : uint8_t {
    kMinimal,  // Over the one link between the two groups: at most three router-to-router hops.
    kValiant,  // First to another group drawn by a hash of seed and ends, then minimal.
  };
  Routing routing = Routing::kMinimal;
  uint64_t seed = 0;

  int groups() const { return routers_per_group * global_links_per_router + 1; }
  int routers() const { return groups() * routers_per_group; }
  int hosts() const { return routers() * hosts_per_router; }
  int radix() const { return hosts_per_router + global_links_per_router + routers_per_group - 1; }
};

// Global link k of group g, on router k / h, leads to group g + k + 1 modulo the groups. Host i is
// on router i / p, router r in group r / a.
std::unique_ptr<Topology> MakeDragonfly(const DragonflyParams& params);
// Its routes alone, to combine with others (topology/ugal.h).
std::unique_ptr<RoutePolicy> MakeDragonflyRoutes(const DragonflyParams& params);

}  // namespace tessera
