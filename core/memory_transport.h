// Partitions of one simulation as threads of one process.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/bell.h"
#include "core/window_transport.h"

namespace tessera {

// The place where threads leave messages for one another. Outlives its transports.
class MemoryExchange {
 public:
  explicit MemoryExchange(int partitions);

  // For the thread of partition `self`.
  std::unique_ptr<WindowTransport> Transport(int self);
  // Lets everybody who waits, or will, fail with `reason`: a partition has failed.
  void Abandon(const absl::Status& reason);

 private:
  friend class MemoryTransport;
  // One thing from each other partition a round, oldest first. The receiver waits until a round is
  // whole: the bell rings once a round, not once a sender.
  template <typename Thing>
  struct Rounds {
    explicit Rounds(size_t partitions) : from(partitions) {}
    // Whether that was the last one of the oldest round.
    bool Push(size_t sender, Thing thing) {
      from[sender].push_back(std::move(thing));
      senders += from[sender].size() == 1 ? 1 : 0;
      return senders + 1 == from.size();
    }
    bool whole() const { return senders + 1 == from.size(); }
    Thing Pop(size_t sender) {
      Thing first = std::move(from[sender].front());
      from[sender].pop_front();
      senders -= from[sender].empty() ? 1 : 0;
      return first;
    }

    std::vector<std::deque<Thing>> from;  // By sender; the receiver's own stays empty.
    size_t senders = 0;                   // That have something here.
  };
  // What has come for one partition.
  struct Inbox {
    explicit Inbox(size_t partitions) : windows(partitions), blobs(partitions) {}

    std::mutex mutex;
    Bell bell;  // A round is whole, or all is over.
    Rounds<WindowMessage> windows;
    Rounds<std::string> blobs;
    absl::Status abandoned;
  };

  size_t partitions() const { return inboxes_.size(); }

  std::vector<std::unique_ptr<Inbox>> inboxes_;  // By receiver.
};

// Runs `part` on so many threads, a partition each, and waits for all. A partition that fails ends
// the others. Returns the error of the first partition that has one, by number.
absl::Status RunOnThreads(int partitions,
                          const std::function<absl::Status(WindowTransport&)>& part);

}  // namespace tessera
