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
    if (status_.ok()) {
      status_ = std::move(status);
      at_ = engine.now();
    }
    engine.RequestStop();
  }
  const absl::Status& status() const { return status_; }
  Time at() const { return at_; }  // Time::max(): there is none.

 private:
  absl::Status status_;
  Time at_ = Time::max();
};

}  // namespace tessera
