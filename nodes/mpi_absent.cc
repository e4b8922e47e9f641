// In place of nodes/mpi_meeting.cc and nodes/mpi_transport.cc where the build machine has no MPI.
#include "nodes/mpi_meeting.h"

namespace tessera {

absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenMpiMeeting() {
  return absl::UnimplementedError(
      "this tessera is built without MPI (package libopenmpi-dev): leave --transport away, or "
      "build "
      "it with MPI");
}

}  // namespace tessera
