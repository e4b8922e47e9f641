// A bell in memory that threads or processes share: anybody rings it, one waits for it. Who waits
// looks at it for a moment, then sleeps in the system (futex), so that waiting takes little of a
// processor that others need. It sleeps through some strokes: who waits for messages of seven
// others is woken by the seventh.
#pragma once

#include <atomic>
#include <cstdint>

namespace tessera {

// On a line of its own. Memory of zeros is a bell that has not been rung.
class alignas(64) Bell {
 public:
  // What was written before is seen by who has found the bell rung. With so many strokes at a time,
  // at most 2^16, it wakes whoever waits for no more.
  void Ring(uint32_t strokes = 1);
  // Strokes so far; wraps.
  uint32_t rung() const { return rung_.load(std::memory_order_acquire); }

 private:
  friend class BellListener;
  std::atomic<uint32_t> rung_ = 0;
  // Of the listener: whether it sleeps, above the strokes that wake it.
  std::atomic<uint64_t> asleep_until_ = 0;
};

// The one who waits for a bell.
class BellListener {
 public:
  // `bell` outlives this. It does not look if there are fewer processors than `processes` (or
  // threads), since it would take one from who is to ring. With fewer than two of them for each
  // processor it sleeps through no strokes: to be woken in vain costs less than a processor that
  // halts and starts again.
  BellListener(Bell& bell, int processes);

  uint32_t rung() const { return bell_.rung(); }
  // Waits for `strokes` of 1 to 2^16 since rung() was `seen`, or for fewer, or for 50 ms at most;
  // whether there were any in time.
  bool Wait(uint32_t seen, uint32_t strokes);

 private:
  bool Look(uint32_t until);
  bool Sleep(uint32_t until);

  Bell& bell_;
  const int processors_;
  const bool looks_;
  const bool counts_;
  uint32_t passed_over_ = 0;   // Looks, since the last one that did not pay; 0: it paid.
  uint32_t to_pass_over_ = 0;  // Of these, still to come.
};

}  // namespace tessera
