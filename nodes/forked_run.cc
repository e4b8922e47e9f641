#include "nodes/forked_run.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "core/status_macros.h"
#include "nodes/lifeline.h"
#include "nodes/local_workers.h"
#include "nodes/run_directory.h"
#include "nodes/shared_windows.h"
#include "nodes/temporary_folder.h"

namespace tessera {
namespace {

struct ForkedRun {
  std::string folder;
  RunDescription description;
  std::unique_ptr<SharedWindows> shared{};  // Null: all goes over sockets.
};

absl::StatusOr<ForkedRun> Prepare(int processes, LocalTransport transport,
                                  const std::string& folder) {
  const bool ipc = transport == LocalTransport::kShared || transport == LocalTransport::kIpc;
  ForkedRun run{.folder = folder, .description = {}};
  TESSERA_ASSIGN_OR_RETURN(run.description, NewRun(processes, ipc ? "ipc" : "tcp://127.0.0.1:*"));
  if (transport == LocalTransport::kCurve) {
    TESSERA_ASSIGN_OR_RETURN(run.description.keys, MakeCurveKeys());
  }
  if (transport == LocalTransport::kShared) {
    TESSERA_ASSIGN_OR_RETURN(run.shared, SharedWindows::Make(processes));
  }
  return run;
}

absl::Status RunPart(const ForkedRun& run, int self, const PartitionWork& part,
                     const Alarm& alarm) {
  RunDirectory meeting(run.folder);
  return JoinAndRun(meeting, run.description,
                    {.self = self, .alarm = &alarm, .shared = run.shared.get()}, part);
}

int RunWorker(const ForkedRun& run, int self, const PartitionWork& part, int lifeline_fd) {
  const pid_t starter = getppid();
  const Lifeline lifeline(lifeline_fd, absl::StrCat("process 0 (pid ", starter, ")"));
  const absl::Status end = RunPart(run, self, part, lifeline.alarm());
  if (end.ok()) return 0;
  // The starter tells why, and removes the folder that it has made, unless it is gone.
  if (getppid() != starter) {
    LogError(end.message());
    std::error_code ignored;
    std::filesystem::remove_all(run.folder, ignored);
  }
  return 1;
}

}  // namespace

absl::StatusOr<LocalTransport> ParseLocalTransport(absl::string_view name) {
  constexpr std::pair<absl::string_view, LocalTransport> kNames[] = {
      {"shared", LocalTransport::kShared},
      {"ipc", LocalTransport::kIpc},
      {"tcp", LocalTransport::kTcp},
      {"curve", LocalTransport::kCurve}};
  for (const auto& [known, transport] : kNames) {
    if (known == name) return transport;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("transport \"", name, "\"; accepted: shared, ipc, tcp, curve"));
}

absl::Status RunOnForkedProcesses(int processes, LocalTransport transport,
                                  const PartitionWork& part) {
  TESSERA_ASSIGN_OR_RETURN(const auto folder, TemporaryFolder::Make());
  TESSERA_ASSIGN_OR_RETURN(const ForkedRun run, Prepare(processes, transport, folder->path()));
  LocalWorkers workers;
  TESSERA_RETURN_IF_ERROR(workers.Fork(
      processes, [&](int rank, int lifeline) { return RunWorker(run, rank, part, lifeline); }));
  TESSERA_RETURN_IF_ERROR(RunPart(run, 0, part, workers.alarm()));
  workers.Join();
  return absl::OkStatus();
}

}  // namespace tessera
