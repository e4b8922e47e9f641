#include "nodes/local_workers.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

// After an error the others may say their cause before they are killed.
constexpr std::chrono::milliseconds kGrace{1500};

std::string HowItEnded(int state) {
  if (WIFSIGNALED(state)) return absl::StrCat("was ended by ", strsignal(WTERMSIG(state)));
  return absl::StrCat("ended with exit code ", WEXITSTATUS(state));
}

}  // namespace

LocalWorkers::~LocalWorkers() {
  const auto end = std::chrono::steady_clock::now() + kGrace;
  for (Worker& worker : workers_) {
    while (worker.running && std::chrono::steady_clock::now() < end) {
      worker.running = waitpid(worker.pid, nullptr, WNOHANG) == 0;
      if (worker.running) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (!worker.running) continue;
    kill(worker.pid, SIGKILL);
    waitpid(worker.pid, nullptr, 0);
  }
}

absl::Status LocalWorkers::Start(const std::string& directory, int processes) {
  for (int rank = 1; rank < processes; ++rank) {
    const std::string number = std::to_string(rank);
    const pid_t pid = fork();
    if (pid < 0) {
      return absl::InternalError(absl::StrCat("cannot start a process: ", std::strerror(errno)));
    }
    if (pid == 0) {
      execl("/proc/self/exe", "tessera", "node", "--join", directory.c_str(), "--rank",
            number.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    workers_.push_back({.rank = rank, .pid = pid, .running = true});
  }
  return absl::OkStatus();
}

absl::Status LocalWorkers::Check() {
  for (Worker& worker : workers_) {
    int state = 0;
    if (!worker.running || waitpid(worker.pid, &state, WNOHANG) != worker.pid) continue;
    worker.running = false;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0) continue;
    return absl::UnavailableError(absl::StrCat("lost process ", worker.rank, " (pid ", worker.pid,
                                               "): it ", HowItEnded(state)));
  }
  return absl::OkStatus();
}

void LocalWorkers::Join() {
  for (Worker& worker : workers_) {
    if (worker.running) waitpid(worker.pid, nullptr, 0);
    worker.running = false;
  }
}

}  // namespace tessera
