// A cause to end the run, found on one thread and told to another that may be waiting for messages.
#pragma once

#include <mutex>

#include "absl/status/status.h"

namespace tessera {

class Alarm {
 public:
  Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm();

  // From any thread; the first cause, not OK, is kept.
  void Raise(absl::Status cause);
  // OK until raised.
  absl::Status status() const;
  // Becomes readable when raised and stays so: for poll.
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
  mutable std::mutex mutex_;
  absl::Status cause_;
};

}  // namespace tessera
