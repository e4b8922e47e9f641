#include "core/event_queue.h"

#include <algorithm>
#include <numeric>

namespace tessera {
namespace {

// As objects, so that algorithms take the comparisons inline.
constexpr auto kEarlierFirst = [](const Event& a, const Event& b) { return Earlier(a, b); };
// Order of a heap whose front is the earliest event.
constexpr auto kLaterFirst = [](const Event& a, const Event& b) { return Earlier(b, a); };

// Piles by the first of the bits in which values differ, in ascending order. All values agree in
// the bits before these.
template <size_t kCount>
class Piles {
 public:
  explicit Piles(uint64_t differences)
      : shift_(std::max<size_t>(std::bit_width(differences), kBits) - kBits) {}
  void Count(uint64_t value) { ++next_[PileOf(value)]; }
  // After all have been counted.
  void Place() { std::exclusive_scan(next_.begin(), next_.end(), next_.begin(), uint32_t{0}); }
  // Where this one goes.
  uint32_t Next(uint64_t value) { return next_[PileOf(value)]++; }

 private:
  static constexpr size_t kBits = std::bit_width(kCount - 1);
  size_t PileOf(uint64_t value) const { return (value >> shift_) % kCount; }

  size_t shift_;
  std::array<uint32_t, kCount> next_ = {};
};

// For events that are nearly in order; if they are not, no slower than any other way.
void SortNearlySorted(Event* begin, Event* end) {
  constexpr ptrdiff_t kMovesAnEvent = 4;
  ptrdiff_t moves_left = kMovesAnEvent * (end - begin);
  for (Event* next = begin + 1; next < end; ++next) {
    if (!Earlier(*next, next[-1])) continue;
    const Event event = *next;
    Event* place = next;
    for (; place != begin && Earlier(event, place[-1]); --place) *place = place[-1];
    *place = event;
    moves_left -= next - place;
    if (moves_left < 0) return std::sort(begin, end, kEarlierFirst);
  }
}

}  // namespace

EventQueue::Differences EventQueue::DifferencesOf(const EventBag& bucket) {
  const Event& first = bucket.newest->events[0];
  Differences differences;
  EventPool::ForEach(bucket, [&](const Event& event) {
    differences.times |= Key(event) ^ Key(first);
    differences.orders |= event.order ^ first.order;
  });
  return differences;
}

EventQueue::EventQueue() { late_.reserve(2 * kLateLimit); }

void EventQueue::PushIntoWindow(const Event& event) {
  late_.push_back(event);
  std::push_heap(late_.begin(), late_.end(), kLaterFirst);
  if (late_.size() > kLateLimit && window_level_ > 0) ShrinkWindow();
}

Event EventQueue::PopLate() {
  std::pop_heap(late_.begin(), late_.end(), kLaterFirst);
  const Event event = late_.back();
  late_.pop_back();
  return event;
}

Time EventQueue::NextTime() {
  if (run_next_ == run_end_ && late_.empty() && !OpenWindow(Time::max())) return Time::max();
  if (run_next_ == run_end_) return late_.front().time;
  return late_.empty() ? run_next_->time : std::min(run_next_->time, late_.front().time);
}

bool EventQueue::OpenWindow(Time end) {
  while (occupied_levels_ != 0) {
    const auto level = static_cast<size_t>(std::countr_zero(occupied_levels_));
    const auto digit = static_cast<size_t>(std::countr_zero(occupied_buckets_[level]));
    const uint64_t above = base_ >> ShiftOf(level) >> kDigitBits << kDigitBits;
    const uint64_t start = (above | digit) << ShiftOf(level);
    if (start > Key(end)) return false;
    const EventBag bucket = TakeBucket(level, digit);
    const Differences differences = DifferencesOf(bucket);
    if (bucket.size() <= kSortedAtOnce) {
      SetWindow(start, level);
    } else if (differences.times != 0) {
      DealOut(bucket, LevelOf(differences.times));
      continue;
    } else {
      SetWindow(Key(bucket.newest->events[0]), 0);
    }
    SortIntoRun(bucket, differences);
    return true;
  }
  return false;
}

EventBag EventQueue::TakeBucket(size_t level, size_t digit) {
  const EventBag bucket = buckets_[level][digit];
  buckets_[level][digit] = EventBag{};
  occupied_buckets_[level] &= ~(uint64_t{1} << digit);
  if (occupied_buckets_[level] == 0) occupied_levels_ &= ~(1U << level);
  return bucket;
}

void EventQueue::SetWindow(uint64_t start, size_t level) {
  base_ = start >> ShiftOf(level) << ShiftOf(level);
  window_end_ = base_ + (uint64_t{1} << ShiftOf(level));
  window_level_ = level;
}

void EventQueue::DealOut(const EventBag& bucket, size_t level) {
  const uint64_t start = Key(bucket.newest->events[0]);
  base_ = start >> ShiftOf(level + 1) << ShiftOf(level + 1);
  window_end_ = base_;
  window_level_ = 0;
  pool_.Drain(bucket, [this](const Event& event) { PushBeyondWindow(event); });
}

void EventQueue::SortIntoRun(const EventBag& bucket, const Differences& differences) {
  constexpr size_t kFew = 32;  // Not worth the piles.
  const size_t count = bucket.size();
  if (run_.size() < count) {
    run_.resize(count);
    by_order_.resize(count);
  }
  run_next_ = run_.data();
  run_end_ = run_.data() + count;
  if (count > kFew) {
    DealOntoPiles(bucket, differences);
    return SortNearlySorted(run_.data(), run_.data() + count);
  }
  Event* end = run_.data();
  pool_.Drain(bucket, [&](const Event& event) { *end++ = event; });
  std::sort(run_.data(), end, kEarlierFirst);
}

// By order, then by time; events on one pile of the latter stay sorted by the former.
void EventQueue::DealOntoPiles(const EventBag& bucket, const Differences& differences) {
  Piles<kPiles> by_order(differences.orders);
  Piles<kPiles> by_time(differences.times);
  EventPool::ForEach(bucket, [&](const Event& event) {
    by_order.Count(event.order);
    by_time.Count(Key(event));
  });
  by_order.Place();
  by_time.Place();
  pool_.Drain(bucket, [&](const Event& event) { by_order_[by_order.Next(event.order)] = event; });
  std::for_each_n(by_order_.begin(), bucket.size(),
                  [&](const Event& event) { run_[by_time.Next(Key(event))] = event; });
}

void EventQueue::ShrinkWindow() {
  uint64_t earliest = Key(late_.front());
  if (run_next_ != run_end_) earliest = std::min(earliest, Key(*run_next_));
  SetWindow(std::max(base_, earliest), window_level_ - 1);
  while (run_end_ != run_next_ && Key(run_end_[-1]) >= window_end_) PushBeyondWindow(*--run_end_);
  const auto beyond = std::partition(
      late_.begin(), late_.end(), [this](const Event& event) { return Key(event) < window_end_; });
  std::for_each(beyond, late_.end(), [this](const Event& event) { PushBeyondWindow(event); });
  late_.erase(beyond, late_.end());
  std::make_heap(late_.begin(), late_.end(), kLaterFirst);
}

}  // namespace tessera
