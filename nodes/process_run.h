// One simulation over processes: on this machine, or wherever processes that join it run.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "nodes/forked_run.h"
#include "nodes/meeting.h"
#include "nodes/simulation.h"

namespace tessera {

struct ProcessRunOptions {
  int processes = 1;
  // Where the processes meet; they listen at every address, encrypted. None: the others are forked
  // from this process and talk by `transport`.
  Meeting* meeting = nullptr;
  LocalTransport transport = LocalTransport::kShared;
  std::string scenario{};  // As processes that join read it: path and overrides.
  std::vector<std::string> overrides{};
  std::string checkpoint{};  // Folder that keeps how far the run is; empty: none.
  bool resume = false;       // Go on from there.
};

// This process is partition 0 and gets the result. Errors: Simulate's, a process that is lost or
// does not come.
absl::StatusOr<SimulationResult> SimulateOnProcesses(const ScenarioSpec& scenario,
                                                     const SimulationOptions& options,
                                                     const ProcessRunOptions& run);

// This process is partition `rank` of the run that was learnt of at `meeting`.
absl::Status JoinSimulation(Meeting& meeting, const RunDescription& run, int rank,
                            const ScenarioSpec& scenario, const SimulationOptions& options);

}  // namespace tessera
