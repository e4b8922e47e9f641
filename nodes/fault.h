// The first error of a run that was found inside an event handler.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "core/engine.h"

namespace tessera {

class FaultRecord {
 public:
  // Keeps the first fault and ends the run.
  void Report(absl::Status status, Engine& engine) {
    if (status_.ok()) status_ = std::move(status);
    engine.RequestStop();
  }
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

}  // namespace tessera
