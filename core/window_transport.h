// What the partitions of one simulation say to one another (core/parallel_run.h), apart from how
// the bytes travel. One round a window: everybody sends one message to everybody else and receives
// one from everybody else, at once or after some more work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/event.h"
#include "core/units.h"

namespace tessera {

// From one partition to another at the end of a window.
struct WindowMessage {
  int64_t window = 0;
  bool stop = false;  // The sender ends the run: an error, or Ctrl-C.
  Time next{};        // Of the earliest event that the sender holds; Time::max(): none.
  // By partition: the earliest event that the sender has sent there in this window. Everybody hears
  // it, so that everybody knows a lower bound of everybody's next event after one round.
  std::vector<Time> earliest_sent{};
  std::vector<Event> events{};  // For the receiver.
};

class WindowTransport {
 public:
  virtual ~WindowTransport() = default;

  virtual int self() const = 0;        // Number of this partition,
  virtual int partitions() const = 0;  // below this.

  // Sends outgoing[p] to every other partition p; entry self() is not looked at. Errors, here and
  // below: a partition is lost, with its name and the cause; the transport is of no use then.
  virtual absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) = 0;
  // Waits for the oldest message not yet received from every other partition p, which becomes
  // incoming[p]; entry self() is left alone. Everybody calls both equally often, and lags behind
  // what it has sent by as many messages as the others do.
  virtual absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) = 0;
  absl::Status Exchange(const std::vector<WindowMessage>& outgoing,
                        std::vector<WindowMessage>& incoming) {
    absl::Status sent = SendWindow(outgoing);
    return sent.ok() ? ReceiveWindow(incoming) : sent;
  }

  // After the last window: partition 0 receives what every partition gives, by its number; the
  // others receive nothing.
  virtual absl::StatusOr<std::vector<std::string>> Gather(std::string mine) = 0;
};

}  // namespace tessera
