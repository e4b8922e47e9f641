// A port that trims: first come, first served, with a finite queue for data and headers ahead of
// data. The queue is arithmetic, the time at which the port will have sent everything, so that a
// packet costs no event here but the one of its arrival at the other end.
//
// Simplification: a header that overtakes delays the data that arrives after it, not the data that
// waits already, by its own time on the wire (64 bytes each).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/units.h"
#include "fabric/packet/packet_event.h"

namespace tessera {

struct alignas(64) TrimPort {
  // The link at its end.
  ComponentId receiver = 0;
  uint32_t headers = 0;  // Sent, trimmed or not.
  Duration latency{};
  Duration packet_time{};  // Of a full packet on the wire.
  Duration header_time{};
  Duration longest_wait{};  // Of data; who would wait longer is trimmed.
  // State.
  Time free;          // When all data sent so far is on the wire,
  Time headers_free;  // and all headers.
  Duration peak_wait{};
  int64_t packets = 0;
  int64_t trimmed = 0;
  Duration busy{};

  bool HasRoom(Time now) const { return free - now <= longest_wait; }

  // When a packet that takes `time` on the wire arrives at the other end.
  Time SendData(Time now, Duration time) {
    const Time start = std::max(now, free);
    peak_wait = std::max(peak_wait, start - now);
    free = start + time;
    busy += time;
    ++packets;
    return free + latency;
  }

  // The same for a header, which waits for headers before it and the packet on the wire.
  Time SendHeader(Time now) {
    Time start = std::max(now, headers_free);
    if (free > start) {
      start += (free - start) % packet_time;
      free += header_time;
    } else {
      free = start + header_time;
    }
    headers_free = start + header_time;
    busy += header_time;
    ++headers;
    return headers_free + latency;
  }
};

}  // namespace tessera
