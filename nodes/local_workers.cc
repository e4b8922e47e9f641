#include "nodes/local_workers.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

// After an error the others may say their cause before they are killed.
constexpr std::chrono::milliseconds kGrace{1500};
// Whoever ends with an exit code has said why on its connections; that is the better cause.
constexpr std::chrono::milliseconds kLastWords{300};

// The header of glibc 2.36 declares pidfd_open for C alone.
int OpenProcess(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

absl::Status CannotStart() {
  return absl::InternalError(absl::StrCat("cannot start a process: ", std::strerror(errno)));
}

}  // namespace

LocalWorkers::~LocalWorkers() {
  std::unique_lock lock(mutex_);
  const auto none = [this] {
    return std::none_of(workers_.begin(), workers_.end(),
                        [](const Worker& w) { return w.running; });
  };
  changed_.wait_for(lock, kGrace, none);
  for (const Worker& worker : workers_) {
    if (worker.running) kill(worker.pid, SIGKILL);
  }
  lock.unlock();
  Join();
  for (const Worker& worker : workers_) {
    close(worker.lifeline);
    close(worker.ended);
  }
}

absl::Status LocalWorkers::Fork(int processes,
                                const std::function<int(int rank, int lifeline)>& work) {
  absl::Status status;
  for (int rank = 1; rank < processes && status.ok(); ++rank) status = ForkOne(rank, work);
  thread_ = std::thread([this] { Watch(); });
  return status;
}

absl::Status LocalWorkers::ForkOne(int rank,
                                   const std::function<int(int rank, int lifeline)>& work) {
  std::array<int, 2> ends{};  // A socket pair, since writing to a pipe may raise SIGPIPE.
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return CannotStart();
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    // So that the lifelines of the others break when the starter is gone.
    for (const Worker& worker : workers_) close(worker.lifeline);
    _exit(work(rank, ends[1]));
  }
  const int ended = pid < 0 ? -1 : OpenProcess(pid);
  absl::Status status = ended < 0 ? CannotStart() : absl::OkStatus();
  close(ends[1]);
  if (status.ok()) {
    workers_.push_back(
        {.rank = rank, .pid = pid, .ended = ended, .lifeline = ends[0], .running = true});
    return status;
  }
  close(ends[0]);
  if (pid > 0) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  return status;
}

void LocalWorkers::Watch() {
  while (TakeEnds()) {
    std::vector<pollfd> items;
    for (const Worker& worker : workers_) {
      if (worker.running) items.push_back({worker.ended, POLLIN, 0});
    }
    poll(items.data(), items.size(), -1);
  }
}

// Those ended by a signal first: they are the cause of what others end by. False: none runs.
bool LocalWorkers::TakeEnds() {
  std::vector<std::pair<const Worker*, int>> failed;
  bool some = false;
  {
    const std::lock_guard lock(mutex_);
    for (Worker& worker : workers_) {
      siginfo_t info{};
      if (!worker.running) continue;
      if (waitid(P_PID, static_cast<id_t>(worker.pid), &info, WEXITED | WNOHANG) == 0 &&
          info.si_pid == 0) {
        some = true;
        continue;
      }
      worker.running = false;
      const bool by_signal = info.si_code != CLD_EXITED;
      if (by_signal) Tell(worker, absl::StrCat("was ended by ", strsignal(info.si_status)));
      if (!by_signal && info.si_status != 0) failed.emplace_back(&worker, info.si_status);
    }
  }
  changed_.notify_all();
  if (!failed.empty() && alarm_.status().ok()) std::this_thread::sleep_for(kLastWords);
  for (const auto& [worker, code] : failed) {
    Tell(*worker, absl::StrCat("ended with exit code ", code));
  }
  return some;
}

void LocalWorkers::Tell(const Worker& lost, const std::string& how) {
  if (!alarm_.status().ok()) return;  // They know.
  const std::string cause =
      absl::StrCat("lost process ", lost.rank, " (pid ", lost.pid, "): it ", how);
  alarm_.Raise(absl::UnavailableError(cause));
  const std::string line = cause + "\n";
  for (const Worker& worker : workers_) {
    // One that is ending too may have closed its end.
    if (worker.running) send(worker.lifeline, line.data(), line.size(), MSG_NOSIGNAL);
  }
}

void LocalWorkers::Join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace tessera
