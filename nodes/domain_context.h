// What the parts of one fabric domain share.
#pragma once

#include <cstdint>
#include <vector>

#include "core/engine.h"
#include "core/units.h"
#include "fabric/fabric.h"
#include "nodes/chip_event.h"
#include "nodes/compiled_program.h"
#include "nodes/exchange_table.h"
#include "nodes/fault.h"
#include "nodes/groups.h"
#include "nodes/scenario_faults.h"
#include "nodes/traffic.h"

namespace tessera {

// The parts of a run that are fixed before it begins; equal in every process.
struct RunPlan {
  const ProgramSet& programs;
  const std::vector<CompiledProgram>& compiled;
  const RankMap& ranks;
  const RankGroups& groups;
  const ExchangeTable& exchanges;
  // False: the fabric cannot be told late or tell early, so that chips and domains are one process.
  bool has_lookahead = false;
  bool folded = false;  // Most ranks stand for others (nodes/fold.h).
  const SlowRanks& slow_ranks;

  // Partition 0 runs all of it: too small to divide, or without lookahead to divide by.
  bool undivided() const { return folded || !has_lookahead; }
  const CompiledProgram& ProgramOf(int rank) const {
    return compiled[static_cast<size_t>(programs.program_of_rank[static_cast<size_t>(rank)])];
  }
  Lookahead LookaheadOfDomain(DomainId domain) const {
    return has_lookahead ? exchanges.traits(domain).lookahead
                         : Lookahead{Duration::zero(), Duration::zero()};
  }
};

struct DomainContext {
  const RunPlan& plan;
  DomainId domain = 0;
  Lookahead lookahead{};
  ComponentId self = 0;  // Of the domain.
  Fabric* fabric = nullptr;
  std::vector<ComponentId> ports{};  // Of each rank of the domain, for its ends.
  TrafficLog traffic{};
  FaultRecord faults{};

  absl::Span<const VertexId> EndpointsOf(ExchangeId exchange) const {
    return plan.exchanges.exchanges()[static_cast<size_t>(exchange)].endpoints;
  }
  // Lets `rank` hear at `at` >= engine.now() + lookahead.notice.
  void Tell(int rank, Time at, uint32_t kind, uint64_t payload, Engine& engine) const {
    engine.Send(self, at, static_cast<ComponentId>(rank), kind, payload);
  }
};

inline uint64_t PayloadOf(Time time) {
  return static_cast<uint64_t>(time.time_since_epoch().count());
}
inline Time TimeOf(uint64_t payload) { return Time(Duration(static_cast<int64_t>(payload))); }

}  // namespace tessera
