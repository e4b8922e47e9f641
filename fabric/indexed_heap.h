// A queue of numbered things, the one with the least key first; every thing is in it at most once
// and its key may change at any time. A 4-ary heap that knows where each thing is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tessera {

template <typename Key>
class IndexedHeap {
 public:
  // Things are numbered from 0 and below `count`.
  void Resize(size_t count) { place_.resize(count, -1); }

  bool empty() const { return heap_.empty(); }
  Key top_key() const { return heap_.front().key; }
  int32_t top() const { return heap_.front().id; }

  void Set(int32_t id, Key key) {
    int32_t& place = place_[static_cast<size_t>(id)];
    if (place < 0) {
      place = static_cast<int32_t>(heap_.size());
      heap_.push_back({key, id});
      Rise(heap_.size() - 1);
      return;
    }
    const auto at = static_cast<size_t>(place);
    if (heap_[at].key == key) return;
    const bool earlier = key < heap_[at].key;
    heap_[at].key = key;
    earlier ? Rise(at) : Sink(at);
  }

  // Nothing happens if it is not in the queue.
  void Remove(int32_t id) {
    int32_t& place = place_[static_cast<size_t>(id)];
    if (place < 0) return;
    const auto at = static_cast<size_t>(place);
    place = -1;
    const Item last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    heap_[at] = last;
    place_[static_cast<size_t>(last.id)] = static_cast<int32_t>(at);
    Rise(at);
    Sink(static_cast<size_t>(place_[static_cast<size_t>(last.id)]));
  }

 private:
  struct Item {
    Key key;
    int32_t id = 0;
  };
  static constexpr size_t kWays = 4;

  void Put(size_t at, const Item& item) {
    heap_[at] = item;
    place_[static_cast<size_t>(item.id)] = static_cast<int32_t>(at);
  }

  void Rise(size_t at) {
    const Item item = heap_[at];
    while (at > 0) {
      const size_t parent = (at - 1) / kWays;
      if (!(item.key < heap_[parent].key)) break;
      Put(at, heap_[parent]);
      at = parent;
    }
    Put(at, item);
  }

  void Sink(size_t at) {
    const Item item = heap_[at];
    while (true) {
      const size_t first = at * kWays + 1;
      if (first >= heap_.size()) break;
      const size_t last = first + kWays < heap_.size() ? first + kWays : heap_.size();
      size_t least = first;
      for (size_t child = first + 1; child < last; ++child) {
        if (heap_[child].key < heap_[least].key) least = child;
      }
      if (!(heap_[least].key < item.key)) break;
      Put(at, heap_[least]);
      at = least;
    }
    Put(at, item);
  }

  std::vector<Item> heap_;
  std::vector<int32_t> place_;  // Of each thing; -1: not in the queue.
};

}  // namespace tessera
