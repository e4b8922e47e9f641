#include "nodes/forked_run.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/lifeline.h"
#include "nodes/local_workers.h"
#include "nodes/run_directory.h"
#include "nodes/shared_windows.h"
#include "nodes/temporary_folder.h"

namespace tessera {
namespace {

using Part = std::function<absl::Status(WindowTransport&)>;

struct ForkedRun {
  std::string folder;
  RunDescription description;
  std::unique_ptr<SharedWindows> shared{};  // Null: all goes over sockets.
};

absl::StatusOr<ForkedRun> Prepare(int processes, LocalTransport transport,
                                  const std::string& folder) {
  ForkedRun run{
      .folder = folder,
      .description = {.run_id = NewRunId(), .processes = processes, .listen = "tcp://127.0.0.1:*"}};
  if (transport == LocalTransport::kShared || transport == LocalTransport::kIpc) {
    run.description.listen = "ipc";
  }
  if (transport == LocalTransport::kCurve) {
    TESSERA_ASSIGN_OR_RETURN(run.description.keys, MakeCurveKeys());
  }
  if (transport == LocalTransport::kShared) {
    TESSERA_ASSIGN_OR_RETURN(run.shared, SharedWindows::Make(processes));
  }
  return run;
}

absl::Status RunPart(const ForkedRun& run, int self, const Part& part, const Alarm& alarm) {
  TESSERA_ASSIGN_OR_RETURN(const auto sockets,
                           RunDirectory(run.folder).Join(run.description, self, {.alarm = &alarm}));
  absl::Status end;
  if (run.shared == nullptr) {
    end = part(*sockets);
  } else {
    end = part(*run.shared->Transport(*sockets));
  }
  if (!end.ok()) sockets->Fail(end);
  return end;
}

int RunWorker(const ForkedRun& run, int self, const Part& part, int lifeline_fd) {
  const Lifeline lifeline(lifeline_fd, absl::StrCat("process 0 (pid ", getppid(), ")"));
  return RunPart(run, self, part, lifeline.alarm()).ok() ? 0 : 1;
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

absl::Status RunOnForkedProcesses(int processes, LocalTransport transport, const Part& part) {
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
