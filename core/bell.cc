#include "core/bell.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

// For so long a listener looks at its bell before it sleeps. When a look has not paid it sleeps at
// once the next time, and for twice as many times after each further one: one that comes late for
// once costs little, and others that take long or wait for a processor themselves get it.
constexpr auto kLook = std::chrono::microseconds(40);
constexpr uint32_t kMostPassedOver = 16;
constexpr auto kSleep = std::chrono::milliseconds(50);

// Whether a count of strokes that wraps has come to `until`.
bool Reached(uint32_t rung, uint32_t until) { return static_cast<int32_t>(rung - until) >= 0; }

int UsableProcessors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  return sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

}  // namespace

void Bell::Ring(uint32_t strokes) {
  const uint32_t before = rung_.fetch_add(strokes);
  const uint64_t asleep_until = asleep_until_.load();
  const auto until = static_cast<uint32_t>(asleep_until);
  // Of all who ring, the one with the stroke that is waited for.
  if (asleep_until == 0 || Reached(before, until) || !Reached(before + strokes, until)) return;
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&rung_), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

BellListener::BellListener(Bell& bell, int processes)
    : bell_(bell),
      processors_(UsableProcessors()),
      looks_(processes <= processors_),
      counts_(looks_ || processes >= 2 * processors_) {}

bool BellListener::Wait(uint32_t seen, uint32_t strokes) {
  const uint32_t until = seen + (counts_ ? strokes : 1);
  if (looks_ && Look(until)) return true;
  constexpr uint64_t kAsleep = uint64_t{1} << 32;
  bell_.asleep_until_.store(kAsleep | until);
  const bool reached = Sleep(until);
  bell_.asleep_until_.store(0);
  return reached;
}

// Whether the bell rings soon.
bool BellListener::Look(uint32_t until) {
  constexpr int kLooksBetweenClocks = 32;
  if (to_pass_over_ > 0) {
    --to_pass_over_;
    return false;
  }
  const Clock::time_point end = Clock::now() + kLook;
  do {
    for (int i = 0; i < kLooksBetweenClocks; ++i) {
      if (Reached(bell_.rung(), until)) {
        passed_over_ = 0;
        return true;
      }
      __builtin_ia32_pause();
    }
  } while (Clock::now() < end);
  passed_over_ = std::clamp(2 * passed_over_, 1U, kMostPassedOver);
  to_pass_over_ = passed_over_;
  return false;
}

// The system takes who sleeps for woken if there was a stroke between the look and the sleep.
bool BellListener::Sleep(uint32_t until) {
  static_assert(sizeof(bell_.rung_) == sizeof(uint32_t));
  const timespec at_most{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kSleep).count()};
  uint32_t rung = bell_.rung_.load();
  while (!Reached(rung, until)) {
    const long answer = syscall(SYS_futex, reinterpret_cast<uint32_t*>(&bell_.rung_), FUTEX_WAIT,
                                rung, &at_most, nullptr, 0);
    const bool late = answer != 0 && errno == ETIMEDOUT;
    rung = bell_.rung_.load();
    if (late) break;
  }
  return Reached(rung, until);
}

}  // namespace tessera
