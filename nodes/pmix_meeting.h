// A meeting by PMIx, the key-value store of launchers: `srun --mpi=pmix` and `mpirun` start the
// processes and carry what they say about themselves, keys included, to all of them. No shared
// folder is needed. Optional at build (package libpmix-dev).
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "nodes/meeting.h"

namespace tessera {

class LaunchedMeeting : public Meeting {
 public:
  virtual int self() const = 0;
  virtual int processes() const = 0;
};

// Whether a launcher has given this process a place to meet.
bool PmixIsThere();

// Call once in a process. Ends the launcher's whole job if it is dropped before all have joined,
// since the others would wait for ever. Errors: this program is built without PMIx; the launcher
// does not answer.
absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenPmixMeeting();

}  // namespace tessera
