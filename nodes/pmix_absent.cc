// In place of nodes/pmix_meeting.cc where the build machine has no PMIx.
#include <cstdlib>

#include "nodes/pmix_meeting.h"

namespace tessera {

bool PmixIsThere() { return std::getenv("PMIX_RANK") != nullptr; }

absl::StatusOr<std::unique_ptr<LaunchedMeeting>> OpenPmixMeeting() {
  return absl::UnimplementedError(
      "this tessera is built without PMIx (package libpmix-dev): give --rendezvous DIR on a shared "
      "file system, or build it with PMIx");
}

}  // namespace tessera
