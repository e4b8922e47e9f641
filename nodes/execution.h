// Executes the programs of all ranks as events: chips and fabric domains are logical processes, on
// one engine or spread over partitions, with equal results.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "core/engine.h"
#include "core/units.h"
#include "nodes/chip_process.h"
#include "nodes/fabric_domain.h"
#include "nodes/scenario_faults.h"
#include "nodes/simulation.h"
#include "nodes/traffic.h"
#include "partition/plan.h"
#include "partition/program.h"
#include "topology/topology.h"

namespace tessera {

struct ExecutionSetup {
  const ProgramSet& programs;
  const RankMap& ranks;
  const Topology& topology;
  const CommunicationLibrary& library;
  CollectiveRequest defaults;  // Algorithm, library, harness and element size of every collective.
  const ExchangeKernelSpec& exchange;  // Kernels of ProgramSet::token_exchanges.
  int ranks_per_vertex = 1;
  const SimulationOptions& options;
  std::array<int, kAxisCount> fold{};  // As in ExchangeTableInput.
  SlowRanks slow_ranks{};
  FabricMaker make_fabric{};
  // The fabric takes Request::begun and tells ends early, so that chips and domains have lookahead.
  // It adds one component. Without it all is one domain and one partition.
  bool fabric_has_lookahead = false;
};

struct ExecutionRecord {
  Duration makespan{};                      // Until the last rank ended, or what was reached.
  std::vector<RankTime> ranks;              // Each sums to its end.
  std::vector<std::pair<int, Time>> marks;  // Of rank 0: label and time.
  std::vector<Span> spans;
  TrafficRecord traffic;
  std::vector<Bytes> fabric_bytes;  // On each link, of what the fabric has executed.
  int64_t events = 0;
  bool interrupted = false;
  std::vector<PartitionLoad> partitions;  // Of a split run.
  int64_t rerouted = 0;                   // As in Fabric::Counters.
  int64_t stopped = 0;
};

// With options.transport this is one partition of several; partition 0 gets the record of the whole
// run, the others an empty one. Errors: a program that breaks the rules of program.h, ranks outside
// the topology, a deadlock, collectives that do not match, a transfer faster than its links, a
// partition that is lost.
absl::StatusOr<ExecutionRecord> Execute(const ExecutionSetup& setup);

}  // namespace tessera
