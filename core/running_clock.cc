#include "core/running_clock.h"

#include "absl/strings/str_format.h"

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

std::string SecondsText(Time time) {
  constexpr int64_t kPerSecond = Duration::period::den;
  const int64_t picoseconds = time.time_since_epoch().count();
  return absl::StrFormat("%d.%012d s", picoseconds / kPerSecond, picoseconds % kPerSecond);
}

}  // namespace tessera
