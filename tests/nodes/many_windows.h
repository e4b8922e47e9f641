// Windows of many sizes from each partition to each, whose contents the receiver checks.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "core/window_transport.h"

namespace tessera {

// Window w carries (w * step) % most events, each with a number of its own. Each is received when
// `lag` more have been sent, the last ones at the end.
struct ManyWindows {
  int windows = 0;
  uint64_t step = 3;
  uint64_t most = 50;
  int lag = 0;
};

// Error: what has come is not what was sent.
absl::Status ExchangeMany(WindowTransport& transport, const ManyWindows& many);

}  // namespace tessera
