// Partitions of one simulation as threads of one process.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/window_transport.h"

namespace tessera {

// The place where threads leave messages for one another. Outlives its transports.
class MemoryExchange {
 public:
  explicit MemoryExchange(int partitions);

  // For the thread of partition `self`.
  std::unique_ptr<WindowTransport> Transport(int self);
  // Lets everybody who waits, or will, fail with `reason`: a partition has failed.
  void Abandon(absl::Status reason);

 private:
  friend class MemoryTransport;
  // From one partition to another, oldest first.
  struct Channel {
    std::deque<WindowMessage> windows;
    std::deque<std::string> blobs;
  };
  Channel& At(int from, int to) { return channels_[static_cast<size_t>(from * partitions_ + to)]; }

  int partitions_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Channel> channels_;
  absl::Status abandoned_;
};

// Runs `part` on so many threads, a partition each, and waits for all. A partition that fails ends
// the others. Returns the error of the first partition that has one, by number.
absl::Status RunOnThreads(int partitions,
                          const std::function<absl::Status(WindowTransport&)>& part);

}  // namespace tessera
