// Pending events in their total order. Delivery times never go back, which lets a hierarchy of
// buckets replace comparisons (the radix heap of Ahuja, Mehlhorn, Orlin and Tarjan, 1990, with the
// sorted bottom of a ladder queue):
//
// - A time is a number of 6-bit digits. Around `base`, level l holds the times that agree with it
//   above digit l and are greater in digit l, in one bucket for each value of that digit. So every
//   bucket of a level precedes those of higher levels, and its width is 64^l ps.
// - The earliest bucket is opened when all before it is done. If it holds few events they are
//   sorted and its span becomes the window; else it is dealt out to finer levels first.
// - To sort, events are dealt onto piles by the first bits in which their orders differ, which are
//   mostly their sources, then by those of their times; what is left to do is done by insertion. In
//   networks of equal links hundreds of events fall on one picosecond, so orders count.
// - Events that are sent into the window go to a heap beside the sorted run. When the heap grows,
//   the window shrinks to a finer level and what lies beyond it goes back to the buckets.
//
// The widths thus follow the density of events, from bursts at one picosecond to gaps of hours,
// with no parameter to set. Push and Pop take amortized O(1) when events are spread, O(log n) when
// n fall on one picosecond. Memory: 32 bytes an event and up to 1 KiB a bucket in use.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event.h"
#include "core/event_pool.h"

namespace tessera {

class EventQueue {
 public:
  EventQueue();

  // `event` is not earlier than the last one popped.
  void Push(const Event& event) {
    if (Key(event) < window_end_) {
      PushIntoWindow(event);
    } else {
      PushBeyondWindow(event);
    }
  }

  // Removes the earliest event into `event`; false if there is none up to and including `end`.
  bool Pop(Time end, Event& event) {
    if (run_next_ == run_end_ && late_.empty() && !OpenWindow(end)) return false;
    if (late_.empty() || (run_next_ != run_end_ && Earlier(*run_next_, late_.front()))) {
      if (run_next_->time > end) return false;
      event = *run_next_++;
      return true;
    }
    if (late_.front().time > end) return false;
    event = PopLate();
    return true;
  }

  // Of the earliest event; Time::max() if there is none.
  Time NextTime();

  bool empty() const { return run_next_ == run_end_ && late_.empty() && occupied_levels_ == 0; }

  // The event that probably follows after `n` others, as a hint for prefetching; null if unknown.
  const Event* Upcoming(ptrdiff_t n) const {
    return run_end_ - run_next_ > n ? run_next_ + n : nullptr;
  }

 private:
  static constexpr int kDigitBits = 6;
  static constexpr size_t kBuckets = size_t{1} << kDigitBits;
  static constexpr size_t kLevels = (63 + kDigitBits - 1) / kDigitBits;
  static constexpr size_t kSortedAtOnce = 2048;  // A fuller bucket is dealt out.
  static constexpr size_t kPiles = 512;          // A power of two.
  static constexpr size_t kLateLimit = 32;       // A larger heap shrinks the window.

  static uint64_t Key(Time time) { return static_cast<uint64_t>(time.time_since_epoch().count()); }
  static uint64_t Key(const Event& event) { return Key(event.time); }
  // The highest digit in which two keys with this exclusive or differ; 0 for equal ones.
  static size_t LevelOf(uint64_t difference) {
    return static_cast<size_t>(std::bit_width(difference | 1) - 1) / kDigitBits;
  }
  static int ShiftOf(size_t level) { return static_cast<int>(level) * kDigitBits; }

  void PushBeyondWindow(const Event& event) {
    const size_t level = LevelOf(Key(event) ^ base_);
    const size_t digit = (Key(event) >> ShiftOf(level)) % kBuckets;
    EventBag& bucket = buckets_[level][digit];
    if (bucket.full()) [[unlikely]] {
      pool_.Extend(bucket);
      occupied_buckets_[level] |= uint64_t{1} << digit;
      occupied_levels_ |= 1U << level;
    }
    bucket.Add(event);
  }
  void PushIntoWindow(const Event& event);
  Event PopLate();
  // Makes the earliest events the run; false if there are none or they lie past `end`.
  bool OpenWindow(Time end);
  // Empties one bucket.
  EventBag TakeBucket(size_t level, size_t digit);
  // The bits in which the times and the orders of a bucket differ; 0 if all are equal.
  struct Differences {
    uint64_t times = 0;
    uint64_t orders = 0;
  };
  static Differences DifferencesOf(const EventBag& bucket);
  // Moves the events of a bucket to those of `level`, the highest digit in which they differ, and
  // below; leaves an empty window before them.
  void DealOut(const EventBag& bucket, size_t level);
  void SetWindow(uint64_t start, size_t level);
  void SortIntoRun(const EventBag& bucket, const Differences& differences);
  void DealOntoPiles(const EventBag& bucket, const Differences& differences);
  void ShrinkWindow();

  // The window [base_, window_end_) and its events: the rest of the sorted run, and the heap.
  uint64_t base_ = 0;
  uint64_t window_end_ = 0;
  size_t window_level_ = 0;
  const Event* run_next_ = nullptr;
  const Event* run_end_ = nullptr;
  std::vector<Event> late_;

  // Bit masks of what is not empty, then the buckets by level and digit.
  uint32_t occupied_levels_ = 0;
  std::array<uint64_t, kLevels> occupied_buckets_ = {};
  std::array<std::array<EventBag, kBuckets>, kLevels> buckets_;

  std::vector<Event> run_;       // Storage of the run,
  std::vector<Event> by_order_;  // and of its events on the way there.
  EventPool pool_;
};

}  // namespace tessera
