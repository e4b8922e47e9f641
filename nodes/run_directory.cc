#include "nodes/run_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLookEvery = std::chrono::milliseconds(10);

absl::Status SystemError(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", std::strerror(errno)));
}

absl::Status WriteWhole(const std::string& path, const std::string& bytes) {
  const std::string aside = absl::StrCat(path, ".", getpid(), ".new");
  {
    std::ofstream file(aside, std::ios::binary);
    chmod(aside.c_str(), S_IRUSR | S_IWUSR);
    file << bytes;
    if (!file.flush()) return SystemError(absl::StrCat("cannot write ", aside));
  }
  if (rename(aside.c_str(), path.c_str()) != 0) {
    return SystemError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

std::optional<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

std::string RunDirectory::FileOf(int process) const {
  return absl::StrCat(path_, "/process.", process);
}

absl::Status RunDirectory::Announce(const RunDescription& run) {
  if (mkdir(path_.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return SystemError(absl::StrCat("cannot make ", path_));
  }
  for (int p = 0; p < run.processes; ++p) unlink(FileOf(p).c_str());  // Of an earlier run.
  return WriteWhole(path_ + "/run", PackRun(run));
}

void RunDirectory::Close() { unlink((path_ + "/run").c_str()); }

absl::StatusOr<RunDescription> RunDirectory::Learn(std::chrono::milliseconds timeout) {
  const std::string file = path_ + "/run";
  const Clock::time_point begin = Clock::now();
  std::optional<std::string> bytes;
  while (!(bytes = ReadWhole(file)).has_value()) {
    if (Clock::now() - begin > timeout) {
      return absl::NotFoundError(
          absl::StrCat(file, ": no run has begun here within ", timeout.count() / 1000, " s"));
    }
    std::this_thread::sleep_for(kLookEvery);
  }
  absl::StatusOr<RunDescription> run = UnpackRun(*bytes);
  if (run.ok()) return run;
  return absl::Status(run.status().code(), absl::StrCat(file, ": ", run.status().message()));
}

absl::StatusOr<std::vector<ZmqTransport::Peer>> RunDirectory::WaitForPeers(
    int processes, const Waiting& waiting) const {
  const Clock::time_point begin = Clock::now();
  while (true) {
    std::vector<ZmqTransport::Peer> peers;
    std::vector<int> missing;
    for (int p = 0; p < processes; ++p) {
      peers.push_back(UnpackPeer(ReadWhole(FileOf(p)).value_or("")));
      if (peers.back().endpoint.empty()) missing.push_back(p);
    }
    if (missing.empty()) return peers;
    if (Clock::now() - begin > waiting.timeout) {
      return absl::DeadlineExceededError(absl::StrCat("process ", absl::StrJoin(missing, ", "),
                                                      " of ", processes, " did not come within ",
                                                      waiting.timeout.count() / 1000, " s"));
    }
    if (waiting.alarm != nullptr) TESSERA_RETURN_IF_ERROR(waiting.alarm->status());
    std::this_thread::sleep_for(kLookEvery);
  }
}

absl::StatusOr<std::unique_ptr<ProcessTransport>> RunDirectory::Join(const RunDescription& run,
                                                                     int self,
                                                                     const Waiting& waiting) {
  const std::string endpoint =
      run.listen == "ipc" ? absl::StrCat("ipc://", path_, "/socket.", self) : run.listen;
  const auto exchange =
      [&](const ZmqTransport::Peer& mine) -> absl::StatusOr<std::vector<ZmqTransport::Peer>> {
    TESSERA_RETURN_IF_ERROR(WriteWhole(FileOf(self), PackPeer(mine)));
    return WaitForPeers(run.processes, waiting);
  };
  return JoinOverZmq(run, self, endpoint, waiting, exchange);
}

}  // namespace tessera
