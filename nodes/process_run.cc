#include "nodes/process_run.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/hash.h"
#include "core/status_macros.h"
#include "nodes/launched_run.h"
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
  TESSERA_ASSIGN_OR_RETURN(RunDescription run, NewRun(options.processes, kEveryAddress));
  TESSERA_ASSIGN_OR_RETURN(run.build, BuildId());
  run.scenario = options.scenario;
  run.overrides = options.overrides;
  run.ignore_fit = simulation.ignore_fit;
  run.folding = simulation.folding;
  if (!options.checkpoint.empty()) TESSERA_RETURN_IF_ERROR(OpenCheckpoint(options, run));
  return run;
}

absl::StatusOr<SimulationResult> SimulateLogged(WindowTransport& transport,
                                                const RunDescription& run,
                                                const ScenarioSpec& scenario,
                                                SimulationOptions options) {
  options.transport = &transport;
  if (transport.self() != 0) options.on_progress = nullptr;
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

}  // namespace

absl::StatusOr<SimulationResult> SimulateOnProcesses(const ScenarioSpec& scenario,
                                                     const SimulationOptions& options,
                                                     const ProcessRunOptions& run_options) {
  TESSERA_ASSIGN_OR_RETURN(const RunDescription run, Describe(run_options, options));
  absl::StatusOr<SimulationResult> result = absl::UnknownError("not run");
  const auto part = [&](WindowTransport& transport) {
    result = SimulateLogged(transport, run, scenario, options);
    return result.status();
  };
  if (run_options.meeting == nullptr) {
    TESSERA_RETURN_IF_ERROR(RunOnForkedProcesses(run.processes, run_options.transport, part));
    return result;
  }
  TESSERA_RETURN_IF_ERROR(run_options.meeting->Announce(run));
  TESSERA_RETURN_IF_ERROR(JoinAndRun(*run_options.meeting, run, {.self = 0}, part));
  return result;
}

absl::Status JoinSimulation(Meeting& meeting, const RunDescription& run, int rank,
                            const ScenarioSpec& scenario, const SimulationOptions& options) {
  SimulationOptions own = options;
  own.ignore_fit = run.ignore_fit;
  own.folding = run.folding;
  return JoinAndRun(meeting, run, {.self = rank}, [&](WindowTransport& transport) {
    return SimulateLogged(transport, run, scenario, own).status();
  });
}

}  // namespace tessera
