// Room for pending events without an allocation per event: bags of events in chunks of 1 KiB that
// come from one pool and go back to it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"

namespace tessera {

struct EventChunk {
  static constexpr uint32_t kCapacity = 31;

  alignas(32) EventChunk* next = nullptr;
  std::array<Event, kCapacity> events;
};
static_assert(sizeof(EventChunk) == 1024);

// Events in no order. A bag's chunks belong to the pool that extended it.
struct EventBag {
  EventChunk* newest = nullptr;
  uint32_t used = EventChunk::kCapacity;  // Of the newest chunk; all others are full.
  uint32_t chunks = 0;

  size_t size() const {
    return size_t{chunks} * EventChunk::kCapacity - (EventChunk::kCapacity - used);
  }
  // Whether the next event needs a chunk from the pool; so does the first.
  bool full() const { return used == EventChunk::kCapacity; }
  // Precondition: not full.
  void Add(const Event& event) { newest->events[used++] = event; }
};

class EventPool {
 public:
  void Extend(EventBag& bag) {
    if (free_ == nullptr) [[unlikely]]
      Grow();
    EventChunk* const chunk = free_;
    free_ = chunk->next;
    chunk->next = bag.newest;
    bag.newest = chunk;
    bag.used = 0;
    ++bag.chunks;
  }

  template <typename Visit>
  static void ForEach(const EventBag& bag, Visit visit) {
    uint32_t used = bag.used;
    for (const EventChunk* chunk = bag.newest; chunk != nullptr; chunk = chunk->next) {
      for (uint32_t i = 0; i < used; ++i) visit(chunk->events[i]);
      used = EventChunk::kCapacity;
    }
  }

  // Visits every event and takes the chunks back, each as soon as its events have been visited.
  // The visitor may extend other bags.
  template <typename Visit>
  void Drain(const EventBag& bag, Visit visit) {
    uint32_t used = bag.used;
    for (EventChunk* chunk = bag.newest; chunk != nullptr;) {
      for (uint32_t i = 0; i < used; ++i) visit(chunk->events[i]);
      used = EventChunk::kCapacity;
      EventChunk* const next = chunk->next;
      chunk->next = free_;
      free_ = chunk;
      chunk = next;
    }
  }

 private:
  void Grow();

  EventChunk* free_ = nullptr;
  std::vector<std::unique_ptr<EventChunk[]>> slabs_;
};

}  // namespace tessera
