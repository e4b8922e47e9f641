// A meeting of the processes that mpirun or srun started, and the transport between them, by MPI:
// shared memory within a machine, InfiniBand and the like between machines, where a window costs
// microseconds instead of the tens of ZeroMQ. Optional at build (package libopenmpi-dev).
//
// MPI itself is not fault tolerant: when a process is killed its launcher ends the others
// (`srun -K`, mpirun by itself). A process that hangs is found by the watchdog.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "nodes/pmix_meeting.h"

namespace tessera {

// Call once in a process, from the thread that uses the transport. Errors: this program is built
// without MPI.
absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenMpiMeeting();

}  // namespace tessera
