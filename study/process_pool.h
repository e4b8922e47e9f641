// Independent pieces of work over child processes: a piece that aborts (a broken invariant, a
// result below a physical bound) loses itself and nothing else, and no memory is shared.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tessera {

struct ProcessPoolOptions {
  int jobs = 1;                                         // Child processes at once; at least 1.
  std::function<void(int done)> on_progress = nullptr;  // After each piece, in the calling process.
  const std::atomic<bool>* stop = nullptr;  // Pieces without a result then are Cancelled errors.
};

// Results of work(0) .. work(count - 1) by index, whatever the number of jobs. The calling process
// forks, so it must have no other threads. A child that ends inside a piece makes that piece an
// Internal error with the last line that the child wrote to stderr; what a child writes there is
// not shown otherwise. Errors: the system refuses pipes or processes.
absl::StatusOr<std::vector<absl::StatusOr<std::string>>> MapInProcesses(
    int count, const std::function<std::string(int)>& work, const ProcessPoolOptions& options);

}  // namespace tessera
