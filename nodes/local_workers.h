// The worker processes of a run on this machine: the same program, told to join.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace tessera {

class LocalWorkers {
 public:
  LocalWorkers() = default;
  LocalWorkers(const LocalWorkers&) = delete;
  LocalWorkers& operator=(const LocalWorkers&) = delete;
  ~LocalWorkers();  // Kills those that do not end by themselves in 1.5 s.

  // Starts `tessera node --join directory --rank r` for r from 1 to processes - 1. Errors: the
  // system refuses processes.
  absl::Status Start(const std::string& directory, int processes);
  // Errors: a worker has ended in another way than by success, with its name and how.
  absl::Status Check();
  // Waits for all of them.
  void Join();

 private:
  struct Worker {
    int rank = 0;
    pid_t pid = -1;
    bool running = false;
  };
  std::vector<Worker> workers_;
};

}  // namespace tessera
