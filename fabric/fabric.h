// Bytes in motion: runs schedules on a topology with max-min fair sharing of links (fluid model).
// A component of the engine; other components learn of a rank's end by event.
//
// Vocabulary. A *run* is one execution of a schedule. Its transfers wait their latencies, then
// share the links of their routes max-min fairly with all other transfers (fabric/
// schedule_runner.h). Simplifications: bytes flow like a fluid over the whole route at one rate
// (cut-through, no packets, no queues, no loss); reverse traffic such as acknowledgements takes no
// bandwidth. Tiers can be analytic instead: without sharing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/engine.h"
#include "core/units.h"
#include "fabric/link_health.h"
#include "fabric/link_use.h"
#include "fabric/schedule.h"
#include "topology/topology.h"

namespace tessera {

class Fabric {
 public:
  virtual ~Fabric() = default;

  struct Request {
    // Outlives the fabric; equal pointers mean equal schedules.
    const Schedule* schedule = nullptr;
    absl::Span<const VertexId> endpoints;  // Vertex of each rank, then of each switch; copied.
    TransferCosts costs;
    // At the end of the last transfer into or out of rank r (after `costs.start`, if there is
    // none), the engine delivers {kind = done_kind, payload = done_payload} to rank_components[r].
    // Ends of one time are delivered in the order of (start of the run, rank).
    absl::Span<const ComponentId> rank_components;
    uint32_t done_kind = 0;
    uint64_t done_payload = 0;
    // When the run began, if the fabric learns of it later than that. None of its transfers would
    // have shared bandwidth yet: `costs` and the heads of its routes have taken until now.
    std::optional<Time> begun = std::nullopt;
  };
  // Starts at engine.now(), or has begun at request.begun. Runs that do not share a link with
  // others are simulated once per (schedule, endpoints' shape, costs) and replayed; they unfold as
  // soon as another run touches one of their links, so results never depend on the shortcut.
  virtual void Start(const Request& request) = 0;

  // Of each link, up to now; of a replayed run only once it is over. No link has carried more than
  // its bandwidth times its busy time (checked).
  virtual absl::Span<const LinkUse> link_use() = 0;

  // Runs that are not over, one a line, with what they wait for: empty if there are none. Meant for
  // when the engine has run out of events although somebody still waits.
  virtual std::string DescribeUnfinished() const = 0;

  // How the work was done; results do not depend on it, but for the last two.
  struct Counters {
    int64_t runs = 0;
    int64_t simulated_alone = 0;  // To make a profile that is replayed.
    int64_t replayed = 0;
    int64_t unfolded = 0;  // Replays that another run cut short.
    int64_t live = 0;      // Runs that shared links from their start.
    int64_t rerouted = 0;  // Ways round links that were down, of single transfers.
    int64_t stopped = 0;   // Transfers under way when a link of theirs went down.
  };
  virtual const Counters& counters() const = 0;
};

struct FluidOptions {
  bool replay = true;  // False: every run is simulated as it happens.
  // Tiers whose links are not shared. A run is analytic (fabric/analytic_profile.h) if the highest
  // tier that it touches is; else all of it is fluid. Runs do not feel analytic ones.
  std::array<bool, kTierCount> analytic = {};
  // Ends of ranks are told that long before they happen, so that whoever hears of them can pass
  // them on over a link. At most the shortest tail of the routes in use (fabric/placement.h). An
  // end that nothing lies before, such as that of a run without transfers, is put off until it can
  // be told so early.
  Duration notice{};
  // Links that fail while runs go on. Then no tier is analytic and runs are not replayed.
  std::vector<LinkFault> faults = {};
};

// The fabric adds itself to `engine`.
std::unique_ptr<Fabric> MakeFluidFabric(Engine& engine, const Topology& topology,
                                        const FluidOptions& options = {});

// Time of one schedule alone on an idle topology: the latest end over ranks. Pure.
Duration IsolatedTime(const Topology& topology, const Fabric::Request& request);

}  // namespace tessera
