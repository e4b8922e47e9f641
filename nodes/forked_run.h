// One computation over processes of this machine that are forked from this one, so that all of them
// begin with what it has worked out already.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nodes/launched_run.h"

namespace tessera {

enum class LocalTransport {
  kShared,  // Windows through shared memory, the rest over ipc.
  kIpc,     // ZeroMQ over sockets in a folder.
  kTcp,     // ZeroMQ over loopback,
  kCurve,   // encrypted.
};

absl::StatusOr<LocalTransport> ParseLocalTransport(absl::string_view name);  // "shared", "ipc", ...

// Partition 0 is this process and returns here, the others end inside the call. Precondition: no
// other thread runs in this process. Errors: those of `part` in any partition, a process that is
// lost, with its name and the cause.
absl::Status RunOnForkedProcesses(int processes, LocalTransport transport,
                                  const PartitionWork& part);

}  // namespace tessera
