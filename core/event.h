// The event: what components exchange and what the engine orders.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/units.h"

namespace tessera {

using ComponentId = uint32_t;  // Below 2^24.

// 32 bytes, trivially copyable: an event can go to another process or into a checkpoint.
struct Event {
  Time time;           // Delivery.
  uint64_t order = 0;  // Source in the upper 24 bits, the source's sequence number in the lower 40.
  ComponentId target = 0;
  uint32_t kind = 0;     // Meaning is private to the target's component type.
  uint64_t payload = 0;  // Likewise.
};
static_assert(sizeof(Event) == 32 && std::is_trivially_copyable_v<Event>);

inline constexpr int kSequenceBits = 40;
constexpr ComponentId SourceOf(const Event& event) {
  return static_cast<ComponentId>(event.order >> kSequenceBits);
}

// The total order of delivery.
constexpr bool Earlier(const Event& a, const Event& b) {
  return a.time != b.time ? a.time < b.time : a.order < b.order;
}

}  // namespace tessera
