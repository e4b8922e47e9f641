// A schedule: the DAG of transfers and local reductions that one collective, or any other exchange,
// is made of. The room `collectives` writes schedules, its checker proves them, the fabric runs
// them; the fabric does not know what they mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"

namespace tessera {

// Endpoints are numbers local to the schedule: ranks 0..ranks-1, then `switches` reducing switches
// (in-network reduction). Whoever starts a schedule maps endpoints to vertices of the topology.
struct Transfer {
  int32_t source = 0;
  int32_t target = 0;
  int32_t chunk = 0;  // First of `chunk_count` consecutive chunks, modulo Schedule::chunks.
  int32_t chunk_count = 1;
  Bytes bytes;
  bool reduce = false;  // The target adds to what it holds (else it replaces it).
  // Transfers that must have finished: Schedule::predecessors[first, first + count).
  int32_t first_predecessor = 0;
  int32_t predecessor_count = 0;
};

struct Schedule {
  std::string algorithm;  // "ring", "halving_doubling", ...
  int ranks = 0;
  int switches = 0;
  int chunks = 0;
  std::vector<Transfer> transfers;  // In a topological order.
  std::vector<int32_t> predecessors;

  absl::Span<const int32_t> PredecessorsOf(const Transfer& t) const {
    return absl::MakeConstSpan(predecessors)
        .subspan(static_cast<size_t>(t.first_predecessor),
                 static_cast<size_t>(t.predecessor_count));
  }
};

// What software adds to a schedule; constants of a communication library and transport. A message
// waits its software latency plus the link latencies of its route (Topology::RouteLatency) before
// it is done sharing; a library whose constants include the wire subtracts those.
struct TransferCosts {
  Duration start{};                   // Before the first transfer of every rank (launch, base).
  Duration per_transfer_scale_up{};   // Software latency of one message whose route stays in a
                                      // node ...
  Duration per_transfer_scale_out{};  // ... and of one that leaves it. Before it shares bandwidth.
  Bandwidth rate_cap{};               // Of one transfer; zero: none.
  // How long a byte keeps links busy over what their rates say, in 1/1024, by the same distinction:
  // small stores, headers and the issue of messages. At least kNoStretch. Packets have headers of
  // their own and are not stretched.
  static constexpr int32_t kNoStretch = 1024;
  int32_t scale_up_stretch = kNoStretch;
  int32_t scale_out_stretch = kNoStretch;

  friend bool operator==(const TransferCosts&, const TransferCosts&) = default;
};

}  // namespace tessera
