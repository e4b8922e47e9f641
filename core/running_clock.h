// Which simulated time a message of this thread should carry: that of the engine that runs here.
// Several simulators fit in one process, one running per thread at a time; a run inside a run
// (an engine started from a handler) hides the outer one until it ends.
#pragma once

#include <optional>
#include <string>

#include "core/units.h"

namespace tessera {

// Declares `now` to be this thread's clock for as long as the object lives.
class RunningClock {
 public:
  explicit RunningClock(const Time& now);
  ~RunningClock();
  RunningClock(const RunningClock&) = delete;
  RunningClock& operator=(const RunningClock&) = delete;

 private:
  const Time* outer_;
};

// The time of the engine that runs on this thread; none between runs.
std::optional<Time> RunningTime();

// Exact and readable: "13.750000000000 s".
std::string SecondsText(Time time);

}  // namespace tessera
