// The network of a parity run: delays and routes of ASTRA-sim's analytical back-ends.
//
// B/ns = GiB/s * 2^30 / 10^9; every delay is cut off to whole nanoseconds.
// Congestion-unaware: a message takes hops * latency + bytes / B on the first dimension in which
// the ranks differ, whatever else is on its way. Hops: Ring the shorter way round, FullyConnected
// 1, Switch 2. Congestion-aware (one dimension): store and forward over links, each for one message
// at a time in order of arrival; a link is busy for bytes / B, the message is at the next device
// after latency + bytes / B. A Switch is one more device; Ring routes take the shorter way, on a
// tie upwards.
#pragma once

#include <cstdint>
#include <vector>

#include "configs/formats/astra.h"
#include "nodes/astra/clock.h"

namespace tessera {

// Bytes per nanosecond of a link.
double AstraBytesPerNs(const AstraDimension& dimension);

// Congestion-unaware delay from `source` to another rank.
int64_t AstraUnawareDelay(const AstraNetwork& network, int source, int target, uint64_t bytes);

// Of one message over one link.
struct AstraHop {
  int64_t busy_ns = 0;
  int64_t arrival_ns = 0;
};
AstraHop AstraHopOf(const AstraDimension& dimension, uint64_t bytes);

// Congestion-aware links. O(1) a hop; memory O(links): ranks^2 for FullyConnected.
class AstraWires {
 public:
  // `clock` outlives this.
  AstraWires(const AstraDimension& dimension, AstraClock& clock);

  // `payload` comes back at arrival.
  void Send(uint64_t payload, int source, int target, const AstraHop& hop);
  void OnLinkFree(uint32_t link);
  // True when the message has come to its target: `payload` is set and the message is gone.
  bool OnArrival(uint32_t message, uint64_t& payload);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Message {
    uint64_t payload = 0;
    AstraHop hop;
    int32_t device = 0;
    int32_t target = 0;
    int32_t step = 0;       // On a ring: +1 or -1.
    uint32_t next = kNone;  // Behind it on a link, or the next spare one.
  };
  struct Link {
    uint32_t first = kNone;  // Messages that wait.
    uint32_t last = kNone;
    bool busy = false;
  };

  int32_t NextDevice(const Message& message) const;
  size_t LinkTo(const Message& message, int32_t next) const;
  void Enter(uint32_t message);
  void Occupy(uint32_t link, uint32_t message);

  AstraBlock block_;
  int32_t npus_;
  AstraClock& clock_;
  std::vector<Link> links_;
  std::vector<Message> messages_;
  uint32_t spare_ = kNone;
};

}  // namespace tessera
