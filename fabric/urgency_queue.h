// A queue of numbered things, the one with the least urgency value first, ties by number. Most
// queues are short and most things that come are wanted soon, so the first ones stand in a sorted
// run, where a thing finds its place by a walk that a processor foresees better than the turns of a
// heap; what the run has no room for is in a heap.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace tessera {

class UrgencyQueue {
 public:
  bool empty() const { return count_ == 0 && rest_.empty(); }

  // `urgency` and `id` are not negative.
  void Push(float urgency, int32_t id) {
    // Floats that are not negative have the order of their bits.
    const uint64_t item =
        uint64_t{std::bit_cast<uint32_t>(urgency)} << 32 | static_cast<uint32_t>(id);
    if (count_ < kRoom) {
      size_t place = count_++;
      for (; place > 0 && run_[place - 1] < item; --place) run_[place] = run_[place - 1];
      run_[place] = item;
      return;
    }
    if (item > run_[0]) return PushToRest(item);
    PushToRest(run_[0]);
    size_t place = 0;
    for (; place + 1 < kRoom && run_[place + 1] > item; ++place) run_[place] = run_[place + 1];
    run_[place] = item;
  }

  // Removes the first one, of a queue that is not empty, and returns its number.
  int32_t TakeFirst() {
    if (count_ > 0 && (rest_.empty() || run_[count_ - 1] < rest_.front())) {
      return IdOf(run_[--count_]);
    }
    std::pop_heap(rest_.begin(), rest_.end(), std::greater<>());
    const uint64_t item = rest_.back();
    rest_.pop_back();
    return IdOf(item);
  }

 private:
  static constexpr size_t kRoom = 64;

  static int32_t IdOf(uint64_t item) { return static_cast<int32_t>(item & UINT32_MAX); }
  void PushToRest(uint64_t item) {
    rest_.push_back(item);
    std::push_heap(rest_.begin(), rest_.end(), std::greater<>());
  }

  std::array<uint64_t, kRoom> run_ = {};  // The first count_ of these, the last to be taken first.
  size_t count_ = 0;
  std::vector<uint64_t> rest_;  // Heap.
};

}  // namespace tessera
