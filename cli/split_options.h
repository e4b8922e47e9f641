// How the work of one command is divided over processes, for every verb that can be divided: on
// this machine, or over those that srun or mpirun has given the same command.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/launch.h"
#include "core/window_transport.h"
#include "nodes/forked_run.h"
#include "nodes/meeting.h"

namespace CLI {
class App;
}

namespace tessera {

struct SplitArguments {
  int processes = 1;
  std::string transport = "shared";
  std::string rendezvous{};
};
// --processes, --transport, --rendezvous.
void AddSplitOptions(CLI::App& verb, SplitArguments& split);

struct SplitPlace {
  LaunchedTask task;                   // Which process this is, and how many there are.
  std::unique_ptr<Meeting> meeting{};  // Null: the others, if any, are to be started here.
};
// By the options or else by PMIx. Errors: several processes were started without a place to meet;
// this program is built without what the options ask for.
absl::StatusOr<SplitPlace> FindSplitPlace(const SplitArguments& split);

// For several processes that are started here. Errors: --transport names none for that.
absl::StatusOr<LocalTransport> LocalTransportOf(const SplitArguments& split);

// Runs `part` at every process of `place`, with a transport to the others, or with null if there is
// one alone; forks and threads end inside the call. Errors: those of `part`; a lost process.
absl::Status RunSplit(const SplitArguments& split, const SplitPlace& place,
                      const std::function<absl::Status(WindowTransport*)>& part);

}  // namespace tessera
