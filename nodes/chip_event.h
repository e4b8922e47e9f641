// Events that a chip process understands.
#pragma once

#include <cstdint>

namespace tessera {

enum class ChipEvent : uint32_t {
  kResume,       // Its computation is over, or the run begins.
  kCallDone,     // Payload: a CallId. Its part in a collective is over.
  kMessageDone,  // Payload: a MessageId. The message has been delivered; to both of its ends.
};

// Set in the payload when equal executions stand for one: those after the first are over too.
inline constexpr uint64_t kRepeatsDone = uint64_t{1} << 32;

}  // namespace tessera
