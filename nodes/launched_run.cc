#include "nodes/launched_run.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr std::chrono::seconds kLearnTimeout{60};

// Nothing is lost: a checkpoint is kept window by window, and processes that were forked from this
// one find their lifeline cut.
void EndProcess(const absl::Status& reason) {
  LogError(reason.message());
  _exit(1);
}

absl::StatusOr<RunDescription> AnnounceOrLearn(Meeting& meeting, const LaunchedPlace& place) {
  if (place.self > 0) return meeting.Learn(kLearnTimeout);
  TESSERA_ASSIGN_OR_RETURN(RunDescription run, NewRun(place.processes, kEveryAddress));
  TESSERA_ASSIGN_OR_RETURN(run.build, BuildId());
  run.scenario = place.task;
  TESSERA_RETURN_IF_ERROR(meeting.Announce(run));
  return run;
}

}  // namespace

absl::StatusOr<RunDescription> NewRun(int processes, const std::string& listen) {
  RunDescription run{.run_id = NewRunId(), .processes = processes, .listen = listen};
  if (listen == kEveryAddress) {
    TESSERA_ASSIGN_OR_RETURN(run.keys, MakeCurveKeys());
  }
  return run;
}

absl::Status JoinAndRun(Meeting& meeting, const RunDescription& run, const PartitionPlace& place,
                        const PartitionWork& part) {
  TESSERA_ASSIGN_OR_RETURN(
      const auto transport,
      meeting.Join(run, place.self, {.give_up = EndProcess, .alarm = place.alarm}));
  if (place.self == 0) meeting.Close();  // All have joined.
  absl::Status end;
  if (place.shared == nullptr) {
    end = part(*transport);
  } else {
    end = part(*place.shared->Transport(*transport));
  }
  if (!end.ok()) transport->Fail(end);
  return end;
}

absl::Status RunAtMeeting(Meeting& meeting, const LaunchedPlace& place, const PartitionWork& part) {
  TESSERA_ASSIGN_OR_RETURN(const RunDescription run, AnnounceOrLearn(meeting, place));
  if (run.scenario != place.task || run.processes != place.processes) {
    return absl::InvalidArgumentError(absl::StrCat("process ", place.self, " of ", place.processes,
                                                   " was given another command than process 0 of ",
                                                   run.processes,
                                                   "; start all of them with the same arguments"));
  }
  return JoinAndRun(meeting, run, {.self = place.self}, part);
}

}  // namespace tessera
