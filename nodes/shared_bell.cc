#include "nodes/shared_bell.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
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

bool EnoughProcessors(int processes) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  return sched_getaffinity(0, sizeof(usable), &usable) == 0 && CPU_COUNT(&usable) >= processes;
}

}  // namespace

void SharedBell::Ring() {
  rung_.fetch_add(1);
  if (sleeping_.load() == 0) return;
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&rung_), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

BellListener::BellListener(SharedBell& bell, int processes)
    : bell_(bell), looks_(EnoughProcessors(processes)) {}

bool BellListener::Wait(uint32_t seen) {
  if (looks_ && Look(seen)) return true;
  bell_.sleeping_.store(1);
  if (bell_.rung_.load() == seen) Sleep(seen);
  bell_.sleeping_.store(0);
  return bell_.rung_.load() != seen;
}

// Whether the bell rings soon.
bool BellListener::Look(uint32_t seen) {
  constexpr int kLooksBetweenClocks = 32;
  if (to_pass_over_ > 0) {
    --to_pass_over_;
    return false;
  }
  const Clock::time_point end = Clock::now() + kLook;
  do {
    for (int i = 0; i < kLooksBetweenClocks; ++i) {
      if (bell_.rung() != seen) {
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

void BellListener::Sleep(uint32_t seen) {
  static_assert(sizeof(bell_.rung_) == sizeof(uint32_t));
  const timespec at_most{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kSleep).count()};
  syscall(SYS_futex, reinterpret_cast<uint32_t*>(&bell_.rung_), FUTEX_WAIT, seen, &at_most, nullptr,
          0);
}

}  // namespace tessera
