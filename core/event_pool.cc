#include "core/event_pool.h"

namespace tessera {

void EventPool::Grow() {
  constexpr size_t kSlab = 64;
  slabs_.push_back(std::make_unique<EventChunk[]>(kSlab));
  for (size_t i = 0; i < kSlab; ++i) {
    EventChunk& chunk = slabs_.back()[i];
    chunk.next = free_;
    free_ = &chunk;
  }
}

}  // namespace tessera
