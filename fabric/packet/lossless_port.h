// A port that waits when the other end says so: queues of packets, one for each link that they came
// in by, served in turn.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "core/units.h"
#include "fabric/packet/packet_event.h"

namespace tessera {

// A packet that waits in a switch.
struct WaitingPacket {
  uint64_t packet = 0;  // Packed.
  bool marked = false;
  Bytes size;
};

class LosslessPort {
 public:
  // `inputs`: links into the switch.
  explicit LosslessPort(size_t inputs) : queues_(inputs) {}

  bool empty() const { return turns_.empty(); }
  bool HoldsFrom(size_t input) const { return !queues_[input].empty(); }

  void Push(size_t input, const WaitingPacket& packet) {
    if (queues_[input].empty()) turns_.push_back(input);
    queues_[input].push_back(packet);
  }

  struct Next {
    size_t input = 0;
    WaitingPacket packet;
  };
  // Not empty.
  Next Pop() {
    const size_t input = turns_.front();
    turns_.pop_front();
    Next next = {.input = input, .packet = queues_[input].front()};
    queues_[input].pop_front();
    if (!queues_[input].empty()) turns_.push_back(input);
    return next;
  }

 private:
  std::vector<std::deque<WaitingPacket>> queues_;
  std::deque<size_t> turns_;  // Inputs with packets.
};

}  // namespace tessera
