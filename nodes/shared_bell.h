// A bell in memory that processes share: anybody rings it, one waits for it. Who waits looks at it
// for a moment, then sleeps in the system (futex), so that waiting takes little of a processor that
// others need.
#pragma once

#include <atomic>
#include <cstdint>

namespace tessera {

// On a line of its own. Memory of zeros is a bell that has not been rung.
class alignas(64) SharedBell {
 public:
  // What was written before is seen by who has found the bell rung.
  void Ring();
  // So many times so far; wraps.
  uint32_t rung() const { return rung_.load(std::memory_order_acquire); }

 private:
  friend class BellListener;
  std::atomic<uint32_t> rung_ = 0;
  std::atomic<uint32_t> sleeping_ = 0;
};

// The one who waits for a bell.
class BellListener {
 public:
  // `bell` outlives this. It does not look if there are fewer processors than `processes`, since it
  // would take one from who is to ring.
  BellListener(SharedBell& bell, int processes);

  uint32_t rung() const { return bell_.rung(); }
  // Waits until the bell has been rung since rung() was `seen`, for 50 ms at most; whether it was.
  bool Wait(uint32_t seen);

 private:
  bool Look(uint32_t seen);
  void Sleep(uint32_t seen);

  SharedBell& bell_;
  const bool looks_;
  uint32_t passed_over_ = 0;   // Looks, since the last one that did not pay; 0: it paid.
  uint32_t to_pass_over_ = 0;  // Of these, still to come.
};

}  // namespace tessera
