#include "nodes/astra/wires.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {
namespace {

size_t LinkCount(const AstraDimension& dimension) {
  const auto n = static_cast<size_t>(dimension.npus);
  return dimension.block == AstraBlock::kFullyConnected ? n * n : 2 * n;
}

int HopsOf(const AstraDimension& dimension, int from, int to) {
  switch (dimension.block) {
    case AstraBlock::kFullyConnected:
      return 1;
    case AstraBlock::kSwitch:
      return 2;
    case AstraBlock::kRing:
      break;
  }
  const int up = (to - from + dimension.npus) % dimension.npus;
  return std::min(up, dimension.npus - up);
}

}  // namespace

double AstraBytesPerNs(const AstraDimension& dimension) {
  return dimension.bandwidth_gib_per_s * static_cast<double>(int64_t{1} << 30) / 1e9;
}

int64_t AstraUnawareDelay(const AstraNetwork& network, int source, int target, uint64_t bytes) {
  for (const AstraDimension& dimension : network.dimensions) {
    const int from = source % dimension.npus;
    const int to = target % dimension.npus;
    if (from != to) {
      return static_cast<int64_t>(HopsOf(dimension, from, to) * dimension.latency_ns +
                                  static_cast<double>(bytes) / AstraBytesPerNs(dimension));
    }
    source /= dimension.npus;
    target /= dimension.npus;
  }
  return 0;
}

AstraHop AstraHopOf(const AstraDimension& dimension, uint64_t bytes) {
  const double serialization = static_cast<double>(bytes) / AstraBytesPerNs(dimension);
  return {.busy_ns = static_cast<int64_t>(serialization),
          .arrival_ns = static_cast<int64_t>(dimension.latency_ns + serialization)};
}

AstraWires::AstraWires(const AstraDimension& dimension, AstraClock& clock)
    : block_(dimension.block), npus_(dimension.npus), clock_(clock), links_(LinkCount(dimension)) {}

void AstraWires::Send(uint64_t payload, int source, int target, const AstraHop& hop) {
  uint32_t message = spare_;
  if (message == kNone) {
    message = static_cast<uint32_t>(messages_.size());
    messages_.emplace_back();
  } else {
    spare_ = messages_[message].next;
  }
  Message& m = messages_[message];
  m = {.payload = payload, .hop = hop, .device = source, .target = target, .step = 1};
  if (block_ == AstraBlock::kRing) {
    const int up = target >= source ? target - source : target - source + npus_;
    if (npus_ - up < up) m.step = -1;
  }
  Enter(message);
}

int32_t AstraWires::NextDevice(const Message& message) const {
  switch (block_) {
    case AstraBlock::kFullyConnected:
      return message.target;
    case AstraBlock::kSwitch:
      return message.device == npus_ ? message.target : npus_;
    case AstraBlock::kRing:
      break;
  }
  const int32_t next = message.device + message.step;
  return next < 0 ? next + npus_ : (next >= npus_ ? next - npus_ : next);
}

size_t AstraWires::LinkTo(const Message& message, int32_t next) const {
  const auto device = static_cast<size_t>(message.device);
  switch (block_) {
    case AstraBlock::kFullyConnected:
      return device * static_cast<size_t>(npus_) + static_cast<size_t>(next);
    case AstraBlock::kSwitch:
      return message.device == npus_ ? static_cast<size_t>(npus_ + next) : device;
    case AstraBlock::kRing:
      break;
  }
  return 2 * device + (message.step > 0 ? 0 : 1);
}

void AstraWires::Enter(uint32_t message) {
  Message& m = messages_[message];
  const int32_t next = NextDevice(m);
  const auto link = static_cast<uint32_t>(LinkTo(m, next));
  m.device = next;
  m.next = kNone;
  Link& l = links_[link];
  if (!l.busy) return Occupy(link, message);
  (l.first == kNone ? l.first : messages_[l.last].next) = message;
  l.last = message;
}

void AstraWires::Occupy(uint32_t link, uint32_t message) {
  links_[link].busy = true;
  const AstraHop& hop = messages_[message].hop;
  clock_.Schedule(clock_.now() + hop.arrival_ns, {AstraEventKind::kArrival, message});
  clock_.Schedule(clock_.now() + hop.busy_ns, {AstraEventKind::kLinkFree, link});
}

void AstraWires::OnLinkFree(uint32_t link) {
  Link& l = links_[link];
  l.busy = false;
  const uint32_t message = l.first;
  if (message == kNone) return;
  l.first = messages_[message].next;
  Occupy(link, message);
}

bool AstraWires::OnArrival(uint32_t message, uint64_t& payload) {
  Message& m = messages_[message];
  if (m.device != m.target) {
    Enter(message);
    return false;
  }
  payload = m.payload;
  m.next = spare_;
  spare_ = message;
  return true;
}

}  // namespace tessera
