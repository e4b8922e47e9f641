// How the processes of one run find one another: a folder that all of them see, on one machine or
// on a shared file system. Process 0 writes what the run is (`run`: its id, keys, scenario), each
// process where it listens (`process.N`). All files appear complete (written aside, then renamed)
// and only their owner can read them, since the keys admit to the run.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nodes/simulation.h"
#include "nodes/zmq_transport.h"

namespace tessera {

struct RunDescription {
  std::string run_id{};
  int processes = 1;
  std::string build{};     // Of the program; all processes must be one.
  std::string scenario{};  // Path,
  std::vector<std::string> overrides{};
  bool ignore_fit = false;
  Folding folding = Folding::kExact;
  // Folder of the checkpoint (nodes/window_log.h), empty: none; and how many windows are repeated.
  std::string checkpoint{};
  int64_t repeated_windows = 0;
  std::string listen{};  // Endpoint that each process binds; "ipc": a socket in the folder.
  CurveKeys keys{};      // Empty: connections stay on this machine and are not encrypted.
};

// 128 random bits as hexadecimal digits.
std::string NewRunId();
// Of this program: a hash of its file, so that two builds never share a run.
absl::StatusOr<std::string> BuildId();

class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  absl::Status Write(const RunDescription& run) const;
  // Nobody joins any more.
  void Close() const;
  // Waits for it. Errors: it does not come in time, it is not of this build.
  absl::StatusOr<RunDescription> Read(std::chrono::milliseconds timeout) const;

  struct Waiting {
    std::chrono::milliseconds timeout{30'000};
    std::function<absl::Status()> on_wait = nullptr;  // An error ends the wait.
  };
  // Binds this process's inbox, tells the others, waits until all have done so, connects. Errors:
  // the processes that did not come in time.
  absl::StatusOr<std::unique_ptr<ZmqTransport>> Join(const RunDescription& run, int self,
                                                     const Waiting& waiting) const;

 private:
  std::string FileOf(int process) const;

  std::string path_;
};

}  // namespace tessera
