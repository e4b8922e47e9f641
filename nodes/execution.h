// Executes the programs of all ranks on an engine and a fabric, and keeps what happened.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "collectives/collective.h"
#include "core/engine.h"
#include "core/units.h"
#include "fabric/fabric.h"
#include "nodes/chip_process.h"
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
  int ranks_per_chip = 1;
  const SimulationOptions& options;
  std::array<int, kAxisCount> fold{};  // As in ExecutionContext.
};

struct ExecutionRecord {
  Duration makespan{};                      // Until the last rank ended, or what was reached.
  std::vector<RankTime> ranks;              // Each sums to its end.
  std::vector<std::pair<int, Time>> marks;  // Of rank 0: label and time.
  std::vector<Span> spans;
  TrafficRecord traffic;
  int64_t events = 0;
  bool interrupted = false;
};

// `engine` and `fabric` are fresh; the fabric belongs to the engine. Errors: a program that breaks
// the rules of program.h, ranks outside the topology, a deadlock, collectives that do not match, a
// transfer faster than its links.
absl::StatusOr<ExecutionRecord> Execute(const ExecutionSetup& setup, Engine& engine,
                                        Fabric& fabric);

}  // namespace tessera
