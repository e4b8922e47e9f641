// A port with virtual channels: for each of them what room the other end has left, and the packets
// that wait for it, one queue for each place that they came from, served in turn.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/check.h"
#include "core/units.h"
#include "fabric/packet/packet_event.h"

namespace tessera {

// A packet that waits: in a buffer of the link that it came by, or, at its source, for its turn.
struct CreditPacket {
  uint64_t packet = 0;  // Packed.
  Bytes size;
  // The link that it came by, as a place in the order of the links into the vertex; as many as
  // there are of these: it starts here.
  uint32_t origin = 0;
  int channel = 0;  // Of that link.
};

// The waiting packets of one vertex; queues are chains through it. All operations are O(1).
class CreditPackets {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Queue {
    uint32_t first = kNone;
    uint32_t last = kNone;
    uint32_t next_turn = kNone;  // Origin whose turn comes after this one's.

    bool empty() const { return first == kNone; }
  };

  void Push(Queue& queue, const CreditPacket& packet) {
    if (free_ == kNone) {
      free_ = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    }
    const uint32_t slot = free_;
    free_ = slots_[slot].next;
    slots_[slot] = {.packet = packet};
    (queue.empty() ? queue.first : slots_[queue.last].next) = slot;
    queue.last = slot;
  }
  const CreditPacket& Front(const Queue& queue) const { return slots_[queue.first].packet; }
  CreditPacket Pop(Queue& queue) {
    const uint32_t slot = queue.first;
    queue.first = slots_[slot].next;
    slots_[slot].next = free_;
    free_ = slot;
    return slots_[slot].packet;
  }
  // Whether a packet of the queue came by this channel. Linear.
  bool HoldsFrom(const Queue& queue, int channel) const {
    for (uint32_t slot = queue.first; slot != kNone; slot = slots_[slot].next) {
      if (slots_[slot].packet.channel == channel) return true;
    }
    return false;
  }

 private:
  struct Slot {
    CreditPacket packet;
    uint32_t next = kNone;
  };
  std::vector<Slot> slots_;
  uint32_t free_ = kNone;
};

class CreditChannel {
 public:
  Bytes room{};  // At the other end.

  bool empty() const { return turn_ == CreditPackets::kNone; }
  // Whether the front of the queue whose turn it is fits.
  bool Ready(const CreditPackets& packets) const {
    return !empty() && packets.Front(queues_[turn_]).size <= room;
  }
  bool HoldsFrom(const CreditPackets& packets, uint32_t origin, int channel) const {
    return origin < queues_.size() && packets.HoldsFrom(queues_[origin], channel);
  }

  void Push(CreditPackets& packets, const CreditPacket& packet) {
    if (packet.origin >= queues_.size()) queues_.resize(packet.origin + 1);
    if (queues_[packet.origin].empty()) AppendTurn(packet.origin);
    packets.Push(queues_[packet.origin], packet);
  }

  // Precondition: Ready(). Takes the room that the packet needs.
  CreditPacket Pop(CreditPackets& packets) {
    const uint32_t origin = turn_;
    CreditPackets::Queue& queue = queues_[origin];
    const CreditPacket packet = packets.Pop(queue);
    turn_ = queue.next_turn;
    if (!queue.empty()) AppendTurn(origin);
    room -= packet.size;
    TESSERA_CHECK(room >= Bytes());
    return packet;
  }

 private:
  void AppendTurn(uint32_t origin) {
    queues_[origin].next_turn = CreditPackets::kNone;
    (empty() ? turn_ : queues_[last_turn_].next_turn) = origin;
    last_turn_ = origin;
  }

  std::vector<CreditPackets::Queue> queues_;  // By origin.
  uint32_t turn_ = CreditPackets::kNone;      // Origin that is served next.
  uint32_t last_turn_ = CreditPackets::kNone;
};

struct CreditPort {
  explicit CreditPort(Bytes buffer) {
    for (CreditChannel& channel : channels) channel.room = buffer;
  }

  bool empty() const {
    for (const CreditChannel& channel : channels) {
      if (!channel.empty()) return false;
    }
    return true;
  }
  // The next channel in turn whose packet can be sent; -1: none.
  int TakeTurn(const CreditPackets& packets) {
    for (int tried = 0; tried < PacketKind::kChannels; ++tried) {
      const int number = (turn + tried) % PacketKind::kChannels;
      if (!channels[static_cast<size_t>(number)].Ready(packets)) continue;
      turn = (number + 1) % PacketKind::kChannels;
      return number;
    }
    return -1;
  }

  std::array<CreditChannel, PacketKind::kChannels> channels{};
  int turn = 0;
};

}  // namespace tessera
