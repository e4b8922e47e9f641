#include "cli/split_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/hash.h"
#include "core/memory_transport.h"
#include "core/status_macros.h"
#include "nodes/launched_run.h"
#include "nodes/mpi_meeting.h"
#include "nodes/pmix_meeting.h"
#include "nodes/run_directory.h"

namespace tessera {
namespace {

// Of the arguments, without the path of the program, which may differ.
std::string FingerprintOfCommand() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string words(std::istreambuf_iterator<char>(file), {});
  return StableHashHex(words.substr(std::min(words.size(), words.find('\0'))));
}

}  // namespace

void AddSplitOptions(CLI::App& verb, SplitArguments& split) {
  verb.add_option("--processes", split.processes,
                  "Splits the work over so many processes; the result is the same")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  verb.add_option(
          "--transport", split.transport,
          "How processes talk that are started here: shared (memory), ipc, tcp, curve (tcp, "
          "encrypted) or threads (of one process); mpi: those that mpirun or srun started")
      ->check(CLI::IsMember({"shared", "ipc", "tcp", "curve", "threads", "mpi"}))
      ->capture_default_str();
  verb.add_option("--rendezvous", split.rendezvous,
                  "Shared folder where processes on several machines meet (tcp, encrypted). srun "
                  "--mpi=pmix and mpirun need none");
}

absl::StatusOr<SplitPlace> FindSplitPlace(const SplitArguments& split) {
  SplitPlace place{.task = {.size = split.processes}};
  if (!split.rendezvous.empty()) {
    place.task = FindLaunchedTask().value_or(place.task);
    place.meeting = std::make_unique<RunDirectory>(split.rendezvous);
    return place;
  }
  const bool mpi = split.transport == "mpi";
  if (mpi || PmixIsThere()) {
    TESSERA_ASSIGN_OR_RETURN(auto launched, mpi ? OpenMpiMeeting() : OpenPmixMeeting());
    if (launched->processes() > 1) {
      place.task = {.rank = launched->self(), .size = launched->processes()};
      place.meeting = std::move(launched);
      return place;
    }
  }
  TESSERA_RETURN_IF_ERROR(CheckLaunchedAlone());
  return place;
}

absl::StatusOr<LocalTransport> LocalTransportOf(const SplitArguments& split) {
  if (split.transport == "mpi") {
    return absl::InvalidArgumentError(
        absl::StrCat("--transport mpi connects processes that mpirun or srun has started: mpirun "
                     "-n ",
                     split.processes, " tessera ..."));
  }
  return ParseLocalTransport(split.transport);
}

absl::Status RunSplit(const SplitArguments& split, const SplitPlace& place,
                      const std::function<absl::Status(WindowTransport*)>& part) {
  const LaunchedTask& task = place.task;
  if (task.size == 1) return part(nullptr);
  const auto one_of_several = [&part](WindowTransport& transport) { return part(&transport); };
  if (place.meeting != nullptr) {
    return RunAtMeeting(*place.meeting,
                        {.self = task.rank, .processes = task.size, .task = FingerprintOfCommand()},
                        one_of_several);
  }
  if (split.transport == "threads") return RunOnThreads(task.size, one_of_several);
  TESSERA_ASSIGN_OR_RETURN(const LocalTransport transport, LocalTransportOf(split));
  return RunOnForkedProcesses(task.size, transport, one_of_several);
}

}  // namespace tessera
