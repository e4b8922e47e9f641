#include "core/event_queue.h"

#include <algorithm>

namespace tessera {
namespace {

// As objects, so that algorithms take the comparisons inline.
constexpr auto kEarlierFirst = [](const Event& a, const Event& b) { return Earlier(a, b); };
// Order of a heap whose front is the earliest event.
constexpr auto kLaterFirst = [](const Event& a, const Event& b) { return Earlier(b, a); };

}  // namespace

uint64_t EventQueue::Differences(const EventBag& bucket) {
  const uint64_t first = Key(bucket.newest->events[0]);
  uint64_t differences = 0;
  EventPool::ForEach(bucket, [&](const Event& event) { differences |= Key(event) ^ first; });
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
    if (bucket.size() <= kSortedAtOnce) {
      SetWindow(start, level);
    } else if (const uint64_t differences = Differences(bucket); differences != 0) {
      DealOut(bucket, LevelOf(differences));
      continue;
    } else {
      SetWindow(Key(bucket.newest->events[0]), 0);
    }
    SortIntoRun(bucket);
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

void EventQueue::SortIntoRun(const EventBag& bucket) {
  if (run_.size() < bucket.size()) run_.resize(bucket.size());
  Event* end = run_.data();
  pool_.Drain(bucket, [&](const Event& event) { *end++ = event; });
  std::sort(run_.data(), end, kEarlierFirst);
  run_next_ = run_.data();
  run_end_ = end;
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
