// Windows between processes of one machine through memory that they share: from each process to
// each a ring of bytes, and a bell at each process that others ring when they have written or read.
// A window costs one to a few microseconds instead of the 40 to 60 of a socket.
//
// Everything else (who is there, who is lost and why, what partition 0 gathers) goes over the
// transport below.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/bell.h"
#include "core/window_transport.h"
#include "nodes/process_transport.h"

namespace tessera {

// The memory of one run. Make it before the processes are forked.
class SharedWindows {
 public:
  // Errors: the system gives no such memory.
  static absl::StatusOr<std::unique_ptr<SharedWindows>> Make(int partitions);
  SharedWindows(const SharedWindows&) = delete;
  SharedWindows& operator=(const SharedWindows&) = delete;
  ~SharedWindows();

  // For partition inner.self(); both outlive it. Errors of the transport are those of `inner`, and
  // a partition that has not ended its window after `timeout`.
  std::unique_ptr<WindowTransport> Transport(
      ProcessTransport& inner, std::chrono::milliseconds timeout = std::chrono::minutes(10));

 private:
  friend class SharedTransport;
  static constexpr size_t kRingBytes = size_t{1} << 18;

  // Its two ends on lines of their own: they are written by different processes.
  struct Ring {
    alignas(64) std::atomic<uint64_t> written = 0;  // Bytes so far.
    alignas(64) std::atomic<uint64_t> read = 0;
    alignas(64) char bytes[kRingBytes];
  };

  SharedWindows(int partitions, void* memory, size_t size)
      : partitions_(partitions), memory_(memory), size_(size) {}
  Bell& BellOf(size_t partition) { return static_cast<Bell*>(memory_)[partition]; }
  Ring& RingOf(size_t from, size_t to);

  const int partitions_;
  void* const memory_;
  const size_t size_;
};

}  // namespace tessera
