// One simulation over processes: on this machine, or wherever processes that join it run.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "nodes/meeting.h"
#include "nodes/simulation.h"

namespace tessera {

struct ProcessRunOptions {
  int processes = 1;
  std::string listen = "ipc";  // "ipc", or a tcp address that every process can bind, port *.
  bool encrypted = false;      // CURVE; always on for tcp beyond loopback.
  // Where the processes meet. None: in a new folder under /tmp, and the workers are started here.
  Meeting* meeting = nullptr;
  std::string scenario{};  // As the workers will read it: path and overrides.
  std::vector<std::string> overrides{};
  std::string checkpoint{};  // Folder that keeps how far the run is; empty: none.
  bool resume = false;       // Go on from there.
};

// This process is partition 0 and gets the result. Errors: Simulate's, a process that is lost or
// does not come.
absl::StatusOr<SimulationResult> SimulateOnProcesses(const ScenarioSpec& scenario,
                                                     const SimulationOptions& options,
                                                     const ProcessRunOptions& run);

struct WorkerPlace {
  int rank = 1;
  int lifeline = -1;  // Socket to the process that started this one (nodes/lifeline.h), if any.
};

// This process is partition `place.rank` of the run that was learnt of at `meeting`.
absl::Status JoinSimulation(Meeting& meeting, const RunDescription& run, const WorkerPlace& place,
                            const ScenarioSpec& scenario, const SimulationOptions& options);

}  // namespace tessera
