#include "nodes/process_run.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/status_macros.h"
#include "nodes/lifeline.h"
#include "nodes/local_workers.h"
#include "nodes/run_directory.h"
#include "nodes/temporary_folder.h"
#include "nodes/window_log.h"

namespace tessera {
namespace {

absl::Status OpenCheckpoint(const ProcessRunOptions& options, RunDescription& run) {
  StableHash scenario;
  std::ostringstream text;
  text << std::ifstream(options.scenario).rdbuf();
  scenario.Add(text.str());
  for (const std::string& text_of_override : options.overrides) {
    scenario.AddInteger(text_of_override.size());
    scenario.Add(text_of_override);
  }
  run.checkpoint = std::filesystem::absolute(options.checkpoint).string();
  const CheckpointIdentity identity{.build = run.build,
                                    .scenario = scenario.Hex(),
                                    .processes = run.processes,
                                    .ignore_fit = run.ignore_fit,
                                    .folding = static_cast<uint8_t>(run.folding)};
  const CheckpointFolder folder(run.checkpoint);
  if (!options.resume) return folder.Begin(identity);
  TESSERA_ASSIGN_OR_RETURN(run.repeated_windows, folder.Continue(identity));
  return absl::OkStatus();
}

absl::StatusOr<RunDescription> Describe(const ProcessRunOptions& options,
                                        const SimulationOptions& simulation) {
  RunDescription run{.run_id = NewRunId(),
                     .processes = options.processes,
                     .scenario = options.scenario,
                     .overrides = options.overrides,
                     .ignore_fit = simulation.ignore_fit,
                     .folding = simulation.folding,
                     .listen = options.listen};
  TESSERA_ASSIGN_OR_RETURN(run.build, BuildId());
  if (!options.checkpoint.empty()) TESSERA_RETURN_IF_ERROR(OpenCheckpoint(options, run));
  const bool local =
      options.listen == "ipc" || absl::StartsWith(options.listen, "tcp://127.0.0.1:");
  if (options.encrypted || !local) {
    TESSERA_ASSIGN_OR_RETURN(run.keys, MakeCurveKeys());
  }
  return run;
}

absl::StatusOr<SimulationResult> SimulateLogged(ProcessTransport& transport,
                                                const RunDescription& run,
                                                const ScenarioSpec& scenario,
                                                SimulationOptions options) {
  options.transport = &transport;
  if (run.checkpoint.empty()) return Simulate(scenario, options);
  const CheckpointFolder folder(run.checkpoint);
  TESSERA_ASSIGN_OR_RETURN(
      const auto logged,
      LoggedTransport::Open(transport, folder.LogOf(transport.self()), run.repeated_windows));
  options.transport = logged.get();
  absl::StatusOr<SimulationResult> result = Simulate(scenario, options);
  if (result.ok() && transport.self() == 0 && !result->interrupted) folder.Remove(run.processes);
  return result;
}

// While the main thread prepares the run or is deep in a window, from which nobody can call it
// back. Nothing is lost: the checkpoint is kept window by window, and local workers find their
// lifeline cut.
void EndProcess(const absl::Status& reason) {
  LogError(reason.message());
  _exit(1);
}

absl::StatusOr<SimulationResult> SimulateAs(ProcessTransport& transport, const RunDescription& run,
                                            const ScenarioSpec& scenario,
                                            const SimulationOptions& options) {
  absl::StatusOr<SimulationResult> result = SimulateLogged(transport, run, scenario, options);
  if (!result.ok()) transport.Fail(result.status());
  return result;
}

}  // namespace

absl::StatusOr<SimulationResult> SimulateOnProcesses(const ScenarioSpec& scenario,
                                                     const SimulationOptions& options,
                                                     const ProcessRunOptions& run_options) {
  TESSERA_ASSIGN_OR_RETURN(const RunDescription run, Describe(run_options, options));
  LocalWorkers workers;
  std::unique_ptr<TemporaryFolder> own_folder;
  std::unique_ptr<RunDirectory> own_meeting;
  Meeting* meeting = run_options.meeting;
  if (meeting == nullptr) {
    TESSERA_ASSIGN_OR_RETURN(own_folder, TemporaryFolder::Make());
    own_meeting = std::make_unique<RunDirectory>(own_folder->path());
    meeting = own_meeting.get();
  }
  TESSERA_RETURN_IF_ERROR(meeting->Announce(run));
  if (own_folder != nullptr) {
    TESSERA_RETURN_IF_ERROR(workers.Start(own_folder->path(), run.processes));
  }
  TESSERA_ASSIGN_OR_RETURN(
      const auto transport,
      meeting->Join(run, 0, {.give_up = EndProcess, .alarm = &workers.alarm()}));
  meeting->Close();  // All have joined.
  auto result = SimulateAs(*transport, run, scenario, options);
  if (result.ok()) workers.Join();
  return result;
}

absl::Status JoinSimulation(Meeting& meeting, const RunDescription& run, const WorkerPlace& place,
                            const ScenarioSpec& scenario, const SimulationOptions& options) {
  const Lifeline lifeline(place.lifeline, absl::StrCat("process 0 (pid ", getppid(), ")"));
  TESSERA_ASSIGN_OR_RETURN(
      const auto transport,
      meeting.Join(run, place.rank, {.give_up = EndProcess, .alarm = &lifeline.alarm()}));
  SimulationOptions own = options;
  own.ignore_fit = run.ignore_fit;
  own.folding = run.folding;
  return SimulateAs(*transport, run, scenario, own).status();
}

}  // namespace tessera
