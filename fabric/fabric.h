// Bytes in motion: runs schedules on a topology with max-min fair sharing of links (fluid model).
// A component of the engine; other components learn of a rank's end by event.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/engine.h"
#include "core/units.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

// Totals of one link over a run.
struct LinkUse {
  Bytes bytes;
  Duration busy;  // Time with at least one active transfer.
};

class Fabric {
 public:
  virtual ~Fabric() = default;

  struct Request {
    const Schedule* schedule =
        nullptr;  // Outlives the run of it; equal pointers mean equal schedules.
    absl::Span<const VertexId> endpoints;  // Vertex of each rank, then of each switch; copied.
    TransferCosts costs;
    // At the end of the last transfer into or out of rank r, the engine delivers
    // {kind = done_kind, payload = done_payload} to rank_components[r].
    absl::Span<const ComponentId> rank_components;
    uint32_t done_kind = 0;
    uint64_t done_payload = 0;
  };
  // Starts at engine.now(). Runs that do not share a link with others are simulated once per
  // (schedule, endpoints' shape, costs) and replayed; they unfold as soon as another run touches
  // one of their links, so results never depend on the shortcut.
  virtual void Start(const Request& request) = 0;

  virtual absl::Span<const LinkUse> link_use() const = 0;
};

// The fabric adds itself to `engine`.
std::unique_ptr<Fabric> MakeFluidFabric(Engine& engine, const Topology& topology);

// Time of one schedule alone on an idle topology: the latest end over ranks. Pure.
Duration IsolatedTime(const Topology& topology, const Fabric::Request& request);

}  // namespace tessera
