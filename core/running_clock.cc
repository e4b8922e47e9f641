#include "core/running_clock.h"

namespace tessera {
namespace {

// Per thread and set only while an engine runs, so simulators do not see each other through it.
thread_local const Time* running = nullptr;

}  // namespace

RunningClock::RunningClock(const Time& now) : outer_(running) { running = &now; }

RunningClock::~RunningClock() { running = outer_; }

std::optional<Time> RunningTime() {
  if (running == nullptr) return std::nullopt;
  return *running;
}

}  // namespace tessera
