// A transport between processes, which may fail one by one.
#pragma once

#include "absl/status/status.h"
#include "core/window_transport.h"

namespace tessera {

class ProcessTransport : public WindowTransport {
 public:
  // For while this process waits for others by other means or does something else: takes what has
  // come, without waiting. Errors: another process is lost, or has ended the run.
  virtual absl::Status Watch() = 0;
  // Tells the others that this process ends the run, and why.
  virtual void Fail(const absl::Status& reason) = 0;
};

}  // namespace tessera
