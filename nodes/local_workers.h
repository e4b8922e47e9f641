// The worker processes of a run on this machine, forked from this one. A thread waits for their
// ends (pidfd), so that a loss is known at once, and tells the others by a socket pair that each of
// them watches (nodes/lifeline.h).
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "nodes/alarm.h"

namespace tessera {

class LocalWorkers {
 public:
  LocalWorkers() = default;
  LocalWorkers(const LocalWorkers&) = delete;
  LocalWorkers& operator=(const LocalWorkers&) = delete;
  ~LocalWorkers();  // Kills those that do not end by themselves in 1.5 s.

  // Forks processes 1 to processes - 1, which do `work(rank, fd)`, fd being the socket of their
  // lifeline, and end with what it returns. Call once, while this process has one thread. Errors:
  // the system refuses processes.
  absl::Status Fork(int processes, const std::function<int(int rank, int lifeline)>& work);
  // Raised when a worker has ended in another way than by success, with its name and how.
  const Alarm& alarm() const { return alarm_; }
  // Waits for all of them.
  void Join();

 private:
  struct Worker {
    int rank = 0;
    pid_t pid = -1;
    int ended = -1;     // pidfd: readable when it has ended.
    int lifeline = -1;  // This end of its socket pair.
    bool running = false;
  };

  absl::Status ForkOne(int rank, const std::function<int(int rank, int lifeline)>& work);
  void Watch();
  bool TakeEnds();
  void Tell(const Worker& lost, const std::string& how);

  std::vector<Worker> workers_;  // `running` under mutex_ once the thread is there.
  Alarm alarm_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::thread thread_;  // Ends when no worker runs.
};

}  // namespace tessera
