#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "cli/interrupt.h"
#include "cli/launch.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "nodes/process_run.h"
#include "nodes/run_directory.h"

namespace tessera {
namespace {

struct Arguments {
  std::string directory;
  int rank = -1;
  int timeout_seconds = 60;
};

absl::StatusOr<Outcome> RunNode(const Arguments& arguments) {
  int rank = arguments.rank;
  if (rank < 0) {
    const std::optional<LaunchedTask> task = FindLaunchedTask();
    if (!task.has_value()) {
      return absl::InvalidArgumentError(
          "neither --rank nor SLURM_PROCID, OMPI_COMM_WORLD_RANK or PMI_RANK says which process "
          "of the run this is");
    }
    rank = task->rank;
  }
  RunDirectory directory(arguments.directory);
  return JoinAsWorker(directory, rank, std::chrono::seconds(arguments.timeout_seconds));
}

}  // namespace

absl::StatusOr<Outcome> JoinAsWorker(Meeting& meeting, int rank,
                                     std::chrono::milliseconds timeout) {
  TESSERA_ASSIGN_OR_RETURN(const RunDescription run, meeting.Learn(timeout));
  if (rank < 1 || rank >= run.processes) {
    return absl::InvalidArgumentError(absl::StrCat("rank ", rank, " of a run of ", run.processes,
                                                   " processes: a worker has 1 to ",
                                                   run.processes - 1));
  }
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const ScenarioSpec scenario,
                           catalog.LoadScenario(run.scenario, run.overrides));
  SimulationOptions options;
  options.stop = &CatchInterrupts();
  TESSERA_RETURN_IF_ERROR(JoinSimulation(meeting, run, rank, scenario, options));
  return Outcome::kSuccess;
}

VerbAction AddNode(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("--join", arguments->directory,
                  "Folder where the processes of the run meet (run --rendezvous)")
      ->required();
  verb.add_option("--rank", arguments->rank, "Which process this is; else from srun or mpirun")
      ->check(CLI::Range(1, 4095));
  verb.add_option("--timeout", arguments->timeout_seconds, "Seconds to wait for the run to begin")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  return [arguments] { return RunNode(*arguments); };
}

}  // namespace tessera
