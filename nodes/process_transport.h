// A transport between processes, which may fail one by one.
#pragma once

#include "absl/status/status.h"
#include "core/window_transport.h"

namespace tessera {

class ProcessTransport : public WindowTransport {
 public:
  // Tells the others that this process ends the run, and why.
  virtual void Fail(const absl::Status& reason) = 0;
};

}  // namespace tessera
