// One computation over processes that meet somewhere: each does its part, with a transport to the
// others. How they were started is no matter: by mpirun, by srun, by hand, or forked from one
// (nodes/forked_run.h).
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nodes/meeting.h"
#include "nodes/shared_windows.h"

namespace tessera {

using PartitionWork = std::function<absl::Status(WindowTransport&)>;

// Where processes listen that others reach from other machines.
inline constexpr char kEveryAddress[] = "tcp://0.0.0.0:*";

// With an id of its own, and keys if they listen at kEveryAddress. For processes that are not
// forked from this one `build` is to be set, too.
absl::StatusOr<RunDescription> NewRun(int processes, const std::string& listen);

struct PartitionPlace {
  int self = 0;
  const Alarm* alarm = nullptr;     // Ends the run (nodes/meeting.h).
  SharedWindows* shared = nullptr;  // What windows go through instead of the meeting's transport.
};

// This process is partition `place.self` of `run`, which all of its processes know of. While it
// prepares its part or is deep in a window nobody can call it back: if another process is lost then
// it ends on the spot, with exit code 1 and the cause in the log. Errors: those of `part`, which
// the others are told; a process that does not come or is lost, with its name.
absl::Status JoinAndRun(Meeting& meeting, const RunDescription& run, const PartitionPlace& place,
                        const PartitionWork& part);

struct LaunchedPlace {
  int self = 0;
  int processes = 1;
  std::string task{};  // What all of them were told to do.
};

// The same for processes of which none knows more than its place: process 0 announces the run, the
// others learn of it. Errors also: one was told something else.
absl::Status RunAtMeeting(Meeting& meeting, const LaunchedPlace& place, const PartitionWork& part);

}  // namespace tessera
