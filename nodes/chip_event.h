// Events between chips and fabric domains.
//
// Both learn of one another by events that take the lookahead of the domain
// (nodes/exchange_table.h), yet no time is lost: what a chip asks for begins when it asked, since
// launching and travelling takes longer than the message about it, and the end of a transfer is
// known one link latency before it happens.
#pragma once

#include <cstdint>

#include "partition/plan.h"

namespace tessera {

// To a chip. The upper bits of `kind` say more.
enum class ChipEvent : uint32_t {
  kResume,       // Its computation is over, or the run begins.
  kCallDone,     // CallKind. Payload: when the call began, in ps.
  kArrived,      // ChannelKind. Payload: when the message was sent, in ps.
  kMessageSent,  // The blocking send in hand has been delivered.
};

// To a domain: from a chip, then the payload is a RequestPayload, or from itself or its fabric,
// then it is the number of the call or the message.
enum class DomainEvent : uint32_t {
  kArrive,           // The rank arrives at a collective.
  kSend,             // It sends a message.
  kCallPart,         // The fabric is done with a rank's part of a call ...
  kMessagePart,      // ... or of a message.
  kCallRepeated,     // The last of several equal executions is over: of a call ...
  kMessageRepeated,  // ... or of a message.
};

inline constexpr uint32_t kEventBits = 3;
inline constexpr uint32_t kAxisBits = 4;
inline constexpr uint32_t kCallNumberMask = (1U << (32 - kEventBits - kAxisBits)) - 1;

// Which call of a rank is over. Of the calls along one axis that a rank has open at one time, the
// numbers differ in their lower bits.
struct CallKind {
  Axis axis = Axis::kTensor;
  uint32_t number = 0;  // Modulo kCallNumberMask + 1.

  static uint32_t Pack(Axis axis, int64_t number) {
    const uint32_t low = static_cast<uint32_t>(number) & kCallNumberMask;
    return (low << kAxisBits | static_cast<uint32_t>(axis)) << kEventBits |
           static_cast<uint32_t>(ChipEvent::kCallDone);
  }
  static CallKind Of(uint32_t kind) {
    return {static_cast<Axis>(kind >> kEventBits & ((1U << kAxisBits) - 1)),
            kind >> (kEventBits + kAxisBits)};
  }
};

// At which of a rank's channels (CompiledProgram) a message has arrived.
struct ChannelKind {
  static uint32_t Pack(int32_t channel) {
    return static_cast<uint32_t>(channel) << kEventBits |
           static_cast<uint32_t>(ChipEvent::kArrived);
  }
  static int32_t Of(uint32_t kind) { return static_cast<int32_t>(kind >> kEventBits); }
};

inline ChipEvent ChipEventOf(uint32_t kind) {
  return static_cast<ChipEvent>(kind & ((1U << kEventBits) - 1));
}

// The payload of a DomainEvent: an instruction of the rank's program and, of a collective, its
// number among the rank's calls along its axis.
struct RequestPayload {
  int32_t instruction = 0;
  uint32_t number = 0;

  uint64_t Pack() const { return uint64_t{static_cast<uint32_t>(instruction)} << 32 | number; }
  static RequestPayload Of(uint64_t payload) {
    return {static_cast<int32_t>(payload >> 32), static_cast<uint32_t>(payload)};
  }
};

}  // namespace tessera
