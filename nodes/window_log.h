// Checkpoints of a split run: what each partition was told in each window, in a folder that all
// partitions see. Everything that a partition does follows from its scenario and from what it is
// told, so this is its whole state, exact to the last bit: a resumed partition delivers its own
// events again from the beginning, but waits for nobody, until the log ends.
//
// Files. `checkpoint`: which run it is, written aside and renamed. `windows.N`: the records of
// partition N, each with its length and CRC-32C, appended at every window boundary, in the hands of
// the system at once: they outlive kill -9 of every process, not the loss of the machine. A kill
// may cut off the last record, which does not count then; any other fault is an error.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/window_transport.h"

namespace tessera {

// What has to be equal for a run to go on where another one ended.
struct CheckpointIdentity {
  std::string build{};     // BuildId.
  std::string scenario{};  // Hash of its file and the overrides.
  int32_t processes = 1;
  bool ignore_fit = false;
  uint8_t folding = 0;

  bool operator==(const CheckpointIdentity&) const = default;
};

class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::string path) : path_(std::move(path)) {}

  // Begins an empty one, made if need be. Errors: it holds one already.
  absl::Status Begin(const CheckpointIdentity& identity) const;
  // How many windows all partitions have kept. Errors: there is none, it is of another run, it is
  // damaged.
  absl::StatusOr<int64_t> Continue(const CheckpointIdentity& identity) const;
  // The run is over: removes the files.
  void Remove(int processes) const;

  std::string LogOf(int partition) const;

 private:
  std::string FileOfIdentity() const;

  std::string path_;
};

// By window, from 0 on; by partition. A cut off last record is left out. Errors: another fault.
absl::StatusOr<std::vector<std::vector<WindowMessage>>> ReadWindowLog(const std::string& path,
                                                                      int partitions);

// A transport that keeps what it is told, and tells it again.
class LoggedTransport : public WindowTransport {
 public:
  // Repeats the first `repeated` windows of the log at `path`, drops the rest of it, and keeps what
  // `inner` says from then on. `inner` outlives this. Errors: the log has fewer windows.
  static absl::StatusOr<std::unique_ptr<LoggedTransport>> Open(WindowTransport& inner,
                                                               const std::string& path,
                                                               int64_t repeated);

  int self() const override { return inner_.self(); }
  int partitions() const override { return inner_.partitions(); }
  // Errors besides those of `inner`: the log cannot be written; while repeating, a stop request or
  // a partition that does not do what it did.
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override;
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override;
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return inner_.Gather(std::move(mine));
  }

 private:
  LoggedTransport(WindowTransport& inner, std::vector<std::vector<WindowMessage>> repeated)
      : inner_(inner), repeated_(std::move(repeated)) {}

  WindowTransport& inner_;
  std::vector<std::vector<WindowMessage>> repeated_;
  size_t sent_ = 0;                // Windows so far,
  size_t next_ = 0;                // and those received.
  std::deque<WindowMessage> own_;  // Sent to others but not yet received from them.
  std::ofstream log_;
};

}  // namespace tessera
