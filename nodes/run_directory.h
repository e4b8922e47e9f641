// A meeting in a folder that all processes see, on one machine or on a shared file system. Process
// 0 writes what the run is (`run`: its id, keys, scenario), each process where it listens
// (`process.N`). All files appear complete (written aside, then renamed) and only their owner can
// read them, since the keys admit to the run.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nodes/meeting.h"

namespace tessera {

class RunDirectory final : public Meeting {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

  absl::Status Announce(const RunDescription& run) override;
  absl::StatusOr<RunDescription> Learn(std::chrono::milliseconds timeout) override;
  absl::StatusOr<std::unique_ptr<ProcessTransport>> Join(const RunDescription& run, int self,
                                                         const Waiting& waiting) override;
  void Close() override;

 private:
  std::string FileOf(int process) const;
  absl::StatusOr<std::vector<ZmqTransport::Peer>> WaitForPeers(int processes,
                                                               const Waiting& waiting) const;

  std::string path_;
};

}  // namespace tessera
