#include "nodes/astra/engine.h"

#include "core/check.h"

namespace tessera {
namespace {

constexpr uint64_t kHandshakeBytes = 8192;

}  // namespace

AstraEngine::AstraEngine(const AstraNetwork& network, const AstraNetworkOptions& options,
                         Listener& listener)
    : network_(network),
      options_(options),
      listener_(listener),
      due_(static_cast<size_t>(network.npus())) {
  if (!options.congestion_aware) return;
  TESSERA_CHECK(network.dimensions.size() == 1);
  wires_.emplace(network.dimensions.front(), clock_);
}

uint32_t AstraEngine::NewCall(const AstraCall& call) {
  uint32_t place = spare_call_;
  if (place == kNone) {
    place = static_cast<uint32_t>(calls_.size());
    calls_.emplace_back();
  } else {
    spare_call_ = calls_[place].next;
  }
  calls_[place] = {.call = call};
  return place;
}

void AstraEngine::After(int rank, int64_t delay_ns, const AstraCall& call) {
  const int64_t time = now() + delay_ns;
  const uint32_t place = NewCall(call);
  for (CallList& list : due_[static_cast<size_t>(rank)]) {
    if (list.time != time) continue;
    calls_[list.last].next = place;
    list.last = place;
    return;
  }
  due_[static_cast<size_t>(rank)].push_back({.time = time, .first = place, .last = place});
  clock_.Schedule(time, {AstraEventKind::kRankCalls, static_cast<uint32_t>(rank)});
}

void AstraEngine::RunCalls(int rank) {
  std::vector<CallList>& due = due_[static_cast<size_t>(rank)];
  size_t at = 0;
  while (due[at].time != now()) ++at;
  // What runs may add calls of this time, which run too, and of others, at the end of `due`.
  for (uint32_t place = due[at].first; place != kNone;) {
    RunCall(rank, AstraCall(calls_[place].call));
    const uint32_t next = calls_[place].next;
    calls_[place].next = spare_call_;
    spare_call_ = place;
    place = next;
  }
  due[at] = due.back();
  due.pop_back();
}

void AstraEngine::RunCall(int rank, const AstraCall& call) {
  switch (call.kind) {
    case AstraCall::Kind::kHandOver:
      if (call.then_ns < 0) return listener_.OnHandedOver(call.subject);
      return After(rank, call.then_ns, {.kind = call.kind, .subject = call.subject});
    case AstraCall::Kind::kNode:
      return listener_.OnNodeOver(rank, call.subject);
    case AstraCall::Kind::kMemory:
      return listener_.OnMemoryFree(rank);
  }
}

uint32_t AstraEngine::OpenChannel(const AstraChannelKey& key) {
  const uint32_t channel = mailbox_.Open(key);
  if (channel >= hop_of_.size()) hop_of_.resize(channel + 1);
  if (wires_) {
    hop_of_[channel] = AstraHopOf(network_.dimensions.front(), key.bytes);
  } else {
    hop_of_[channel].arrival_ns = AstraUnawareDelay(network_, key.source, key.target, key.bytes);
  }
  return channel;
}

uint32_t AstraEngine::HandshakeChannel(uint32_t channel) {
  const AstraChannelKey& key = mailbox_.KeyOf(channel);
  return OpenChannel({.tag = key.tag + 2 * kTagsOfAKind,
                      .source = key.target,
                      .target = key.source,
                      .bytes = kHandshakeBytes});
}

void AstraEngine::Send(uint32_t channel, AstraToken sender) {
  ++messages_;
  if (!options_.rendezvous) return Transmit(channel, sender);
  const uint32_t handshake = HandshakeChannel(channel);
  mailbox_.Open(mailbox_.KeyOf(channel));
  Expect(handshake, NewHandshake({.channel = channel, .token = sender, .sends = true}));
  CloseChannel(handshake);
}

void AstraEngine::Receive(uint32_t channel, AstraToken receiver) {
  if (!options_.rendezvous) return Expect(channel, receiver);
  const uint32_t handshake = HandshakeChannel(channel);
  mailbox_.Open(mailbox_.KeyOf(channel));
  Transmit(handshake, NewHandshake({.channel = channel, .token = receiver, .sends = false}));
  CloseChannel(handshake);
}

AstraToken AstraEngine::NewHandshake(const Handshake& handshake) {
  if (spare_handshakes_.empty()) {
    spare_handshakes_.push_back(static_cast<uint32_t>(handshakes_.size()));
    handshakes_.emplace_back();
  }
  const uint32_t place = spare_handshakes_.back();
  spare_handshakes_.pop_back();
  handshakes_[place] = handshake;
  return kHandshake | place;
}

void AstraEngine::OnHandshake(uint32_t place) {
  const Handshake handshake = handshakes_[place];
  spare_handshakes_.push_back(place);
  if (handshake.sends) {
    Transmit(handshake.channel, handshake.token);
  } else {
    Expect(handshake.channel, handshake.token);
  }
  CloseChannel(handshake.channel);
}

void AstraEngine::Transmit(uint32_t channel, AstraToken sender) {
  const uint64_t message = uint64_t{channel} << 32 | mailbox_.Send(channel, sender);
  if (wires_) {
    const AstraChannelKey& key = mailbox_.KeyOf(channel);
    return wires_->Send(message, key.source, key.target, hop_of_[channel]);
  }
  clock_.Schedule(now() + hop_of_[channel].arrival_ns, {AstraEventKind::kArrival, Park(message)});
}

void AstraEngine::Expect(uint32_t channel, AstraToken receiver) {
  if (!mailbox_.Post(channel, receiver)) return;
  clock_.Schedule(now(), {AstraEventKind::kReceived, Park(receiver)});
}

void AstraEngine::Deliver(uint64_t message) {
  const AstraMailbox::Arrival arrival =
      mailbox_.Arrive(static_cast<uint32_t>(message >> 32), static_cast<uint32_t>(message));
  if (arrival.sender != 0) Notify(arrival.sender);
  if (arrival.receiver != 0) Notify(arrival.receiver);
}

void AstraEngine::Notify(AstraToken token) {
  const auto subject = static_cast<uint32_t>(token);
  switch (token >> 62) {
    case kStream >> 62:
      return listener_.OnReceived(subject);
    case kNode >> 62:
      return listener_.OnNodeOver(static_cast<int>((token & ~kHandshake) >> 32), subject);
    default:
      return OnHandshake(subject);
  }
}

uint32_t AstraEngine::Park(uint64_t value) {
  if (spare_parked_.empty()) {
    spare_parked_.push_back(static_cast<uint32_t>(parked_.size()));
    parked_.emplace_back();
  }
  const uint32_t place = spare_parked_.back();
  spare_parked_.pop_back();
  parked_[place] = value;
  return place;
}

uint64_t AstraEngine::Unpark(uint32_t place) {
  spare_parked_.push_back(place);
  return parked_[place];
}

void AstraEngine::Run() {
  AstraEvent event;
  while (clock_.Next(event)) {
    switch (event.kind) {
      case AstraEventKind::kRankCalls:
        RunCalls(static_cast<int>(event.subject));
        break;
      case AstraEventKind::kLinkFree:
        wires_->OnLinkFree(event.subject);
        break;
      case AstraEventKind::kReceived:
        Notify(Unpark(event.subject));
        break;
      case AstraEventKind::kArrival: {
        uint64_t message = 0;
        if (!wires_) {
          Deliver(Unpark(event.subject));
        } else if (wires_->OnArrival(event.subject, message)) {
          Deliver(message);
        }
        break;
      }
    }
  }
}

}  // namespace tessera
