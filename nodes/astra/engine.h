// What the ranks of a parity run act through: timers of a rank, and messages between ranks over
// ASTRA-sim's analytical network.
//
// A rank's calls of one nanosecond run together, when the first of them is due among all events of
// that nanosecond, in the order in which they were made.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "configs/formats/astra.h"
#include "nodes/astra/clock.h"
#include "nodes/astra/mailbox.h"
#include "nodes/astra/wires.h"

namespace tessera {

struct AstraNetworkOptions {
  bool congestion_aware = true;  // One dimension only.
  bool rendezvous = false;       // A message waits for one of 8192 bytes from its receiver.
};

// What a timer is for.
struct AstraCall {
  enum class Kind : uint8_t {
    kHandOver,  // Data of a stream has passed the endpoint; reduced for another `then_ns` >= 0.
    kNode,      // A node of the rank's trace is over.
    kMemory,    // The rank's access to remote memory is over.
  };
  Kind kind = Kind::kHandOver;
  uint32_t subject = 0;  // The stream or the node.
  int64_t then_ns = -1;
};

class AstraEngine {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnHandedOver(uint32_t stream) = 0;
    virtual void OnReceived(uint32_t stream) = 0;
    virtual void OnNodeOver(int rank, uint32_t node) = 0;
    virtual void OnMemoryFree(int rank) = 0;
  };

  // All outlive this. Precondition: one dimension if congestion-aware.
  AstraEngine(const AstraNetwork& network, const AstraNetworkOptions& options, Listener& listener);

  int64_t now() const { return clock_.now(); }
  int64_t messages() const { return messages_; }  // Sent so far, without handshakes.

  void After(int rank, int64_t delay_ns, const AstraCall& call);

  // Who is told that a send or a receive is over.
  static AstraToken StreamToken(uint32_t stream) { return kStream | stream; }
  static AstraToken NodeToken(int rank, uint32_t node) {
    return kNode | static_cast<uint64_t>(rank) << 32 | node;
  }

  // Tags of collectives and of the trace's own messages do not meet.
  static uint64_t NativeTag(uint32_t tag) { return tag % kTagsOfAKind; }
  static uint64_t CollectiveTag(int64_t stream) {
    return kTagsOfAKind + static_cast<uint64_t>(stream) % kTagsOfAKind;
  }

  uint32_t OpenChannel(const AstraChannelKey& key);
  void CloseChannel(uint32_t channel) { mailbox_.Close(channel); }
  void Send(uint32_t channel, AstraToken sender);
  void Receive(uint32_t channel, AstraToken receiver);

  // Runs to the end of all events.
  void Run();

 private:
  static constexpr uint64_t kTagsOfAKind = 500'000'000;
  static constexpr uint64_t kStream = uint64_t{1} << 62;
  static constexpr uint64_t kNode = uint64_t{2} << 62;
  static constexpr uint64_t kHandshake = uint64_t{3} << 62;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct CallLink {
    AstraCall call;
    uint32_t next = kNone;
  };
  // A rank's calls of one time, as a list through calls_.
  struct CallList {
    int64_t time = 0;
    uint32_t first = kNone;
    uint32_t last = kNone;
  };
  // What goes on once a handshake has arrived.
  struct Handshake {
    uint32_t channel = 0;
    AstraToken token = 0;
    bool sends = false;
  };

  uint32_t NewCall(const AstraCall& call);
  void RunCalls(int rank);
  void RunCall(int rank, const AstraCall& call);
  void Transmit(uint32_t channel, AstraToken sender);
  void Expect(uint32_t channel, AstraToken receiver);
  uint32_t HandshakeChannel(uint32_t channel);
  AstraToken NewHandshake(const Handshake& handshake);
  void OnHandshake(uint32_t handshake);
  void Deliver(uint64_t message);
  void Notify(AstraToken token);

  const AstraNetwork& network_;
  AstraNetworkOptions options_;
  Listener& listener_;
  AstraClock clock_;
  AstraMailbox mailbox_;
  std::optional<AstraWires> wires_;         // If congestion-aware.
  std::vector<AstraHop> hop_of_;            // By channel; without congestion arrival_ns is all.
  std::vector<uint64_t> parked_;            // Messages and tokens that events stand for.
  std::vector<uint32_t> spare_parked_;      //
  std::vector<std::vector<CallList>> due_;  // By rank.
  std::vector<CallLink> calls_;
  uint32_t spare_call_ = kNone;
  std::vector<Handshake> handshakes_;
  std::vector<uint32_t> spare_handshakes_;
  int64_t messages_ = 0;

  uint32_t Park(uint64_t value);
  uint64_t Unpark(uint32_t place);
};

}  // namespace tessera
