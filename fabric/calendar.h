// Things to come, by time. Things of one time are kept together, in the order in which they came,
// so a thousand at one time cost one heap operation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/check.h"
#include "core/units.h"

namespace tessera {

template <typename T>
class Calendar {
 public:
  static constexpr Time kNever = Time::max();

  bool empty() const { return heap_.empty(); }
  Time next() const { return heap_.empty() ? kNever : heap_.front().time; }

  void Push(Time at, T item) {
    if (heap_.empty() || at != last_time_) {
      last_day_ = DayOf(at);
      last_time_ = at;
    }
    days_[last_day_].push_back(std::move(item));
  }

  // Appends everything of the first time and forgets it. Not empty.
  void TakeNext(std::vector<T>& items) {
    TESSERA_CHECK(!heap_.empty());
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    const Entry entry = heap_.back();
    heap_.pop_back();
    day_of_time_.erase(entry.time.time_since_epoch().count());
    if (entry.time == last_time_) last_time_ = kNever;
    std::vector<T>& day = days_[entry.day];
    items.insert(items.end(), day.begin(), day.end());
    day.clear();
    free_days_.push_back(entry.day);
  }

 private:
  struct Entry {
    Time time;
    size_t day = 0;
  };
  static bool Later(const Entry& a, const Entry& b) { return a.time > b.time; }

  // The list of things at this time, an empty one if there was none.
  size_t DayOf(Time at) {
    const auto [place, is_new] = day_of_time_.try_emplace(at.time_since_epoch().count(), 0);
    if (is_new) {
      if (free_days_.empty()) {
        free_days_.push_back(days_.size());
        days_.emplace_back();
      }
      place->second = free_days_.back();
      free_days_.pop_back();
      heap_.push_back({.time = at, .day = place->second});
      std::push_heap(heap_.begin(), heap_.end(), Later);
    }
    return place->second;
  }

  std::vector<Entry> heap_;
  absl::flat_hash_map<int64_t, size_t> day_of_time_;  // By picosecond.
  std::vector<std::vector<T>> days_;
  std::vector<size_t> free_days_;
  Time last_time_ = kNever;  // Of the last Push, and its list.
  size_t last_day_ = 0;
};

}  // namespace tessera
