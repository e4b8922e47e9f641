// What events of packet networks say. A packet travels inside the event of its arrival: nothing
// else is kept of it on the way, so that it can cross to another process.
#pragma once

#include <cstdint>

#include "core/event.h"
#include "topology/topology.h"

namespace tessera {

enum class PacketEvent : uint32_t {
  kStart,   // To the source: a flow begins.
  kData,    // A packet arrives over a link.
  kHeader,  // A trimmed one.
  kPull,    // To the source: send one more packet.
  kRepeat,  // The same, and packet `number` was trimmed.
  kDone,    // To the source: everything has arrived.
  kPause,   // To the sender of a link: stop it,
  kResume,  // let it go on.
  kFree,    // To oneself: a port may have finished sending.
  kNotice,  // To the source: packets were marked (DCQCN).
  kTimer,   // To oneself: a flow's rate timer.
  kCredit,  // To the sender of a link: so many bytes (the payload) have room again.
};

// The payload of kData, kHeader, kPull, kRepeat; the others only use `flow`.
struct Packet {
  static constexpr int kFlowBits = 24;
  static constexpr int kNumberBits = 24;
  static constexpr uint32_t kMost = (1U << 24) - 1;  // Of flows, and of packets of a flow.

  uint32_t flow = 0;
  uint32_t number = 0;  // Of the packet within the flow.
  uint32_t path = 0;    // 16 bits; what later switches have still to look at; hops done (kCredit).

  uint64_t Pack() const {
    return uint64_t{flow} | uint64_t{number} << kFlowBits |
           uint64_t{path} << (kFlowBits + kNumberBits);
  }
  static Packet Of(uint64_t payload) {
    return {.flow = static_cast<uint32_t>(payload & kMost),
            .number = static_cast<uint32_t>(payload >> kFlowBits & kMost),
            .path = static_cast<uint32_t>(payload >> (kFlowBits + kNumberBits))};
  }
};

// The kind of an event: what, whether the packet is marked, and the link and its virtual channel.
struct PacketKind {
  static constexpr int kChannels = 16;
  static constexpr uint32_t kMostLinks = (1U << 23) - 1;

  PacketEvent what = PacketEvent::kData;
  bool marked = false;
  LinkId link = 0;  // At most kMostLinks.
  int channel = 0;  // Below kChannels.

  uint32_t Pack() const {
    return static_cast<uint32_t>(what) | (marked ? kMarked : 0) |
           static_cast<uint32_t>(channel) << kChannelShift |
           static_cast<uint32_t>(link) << kLinkShift;
  }
  static PacketKind Of(uint32_t kind) {
    return {.what = static_cast<PacketEvent>(kind & 0xf),
            .marked = (kind & kMarked) != 0,
            .link = static_cast<LinkId>(kind >> kLinkShift),
            .channel = static_cast<int>(kind >> kChannelShift) % kChannels};
  }

 private:
  static constexpr uint32_t kMarked = 1U << 4;
  static constexpr int kChannelShift = 5;
  static constexpr int kLinkShift = 9;
};

}  // namespace tessera
