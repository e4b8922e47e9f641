// How a process learns which one of several it is: from srun or mpirun, by their environment.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/verb.h"
#include "nodes/process_run.h"

namespace tessera {

struct LaunchedTask {
  int rank = 0;
  int size = 1;
};
// None: not started by a launcher that sets SLURM_PROCID and SLURM_NTASKS, OMPI_COMM_WORLD_RANK and
// OMPI_COMM_WORLD_SIZE, or PMI_RANK and PMI_SIZE.
std::optional<LaunchedTask> FindLaunchedTask();

// Errors: srun has started several processes and given them no place to meet, so that each would
// run the whole.
absl::Status CheckLaunchedAlone();

// This process is partition `rank` of the simulation that is announced at `meeting` within
// `timeout`.
absl::StatusOr<Outcome> JoinAsWorker(Meeting& meeting, int rank, std::chrono::milliseconds timeout);

}  // namespace tessera
