// One simulation over processes: on this machine, or wherever processes that join it run.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "nodes/run_directory.h"
#include "nodes/simulation.h"

namespace tessera {

struct ProcessRunOptions {
  int processes = 1;
  std::string listen = "ipc";  // "ipc", or a tcp address that every process can bind, port *.
  bool encrypted = false;      // CURVE; always on for tcp beyond loopback.
  // Where the processes meet. Empty: a new folder under /tmp, and the workers are started here.
  std::string rendezvous{};
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

// This process is partition `rank` of the run that `directory` describes.
absl::Status JoinSimulation(const RunDirectory& directory, const RunDescription& run, int rank,
                            const ScenarioSpec& scenario, const SimulationOptions& options);

}  // namespace tessera
