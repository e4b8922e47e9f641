#include "nodes/idle_watch.h"

#include <utility>

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPeriod{200};
constexpr milliseconds kIdle{400};
constexpr milliseconds kPatience{1500};

}  // namespace

IdleWatch::IdleWatch(std::function<absl::Status()> look,
                     std::function<void(const absl::Status&)> give_up)
    : look_(std::move(look)),
      give_up_(std::move(give_up)),
      last_use_(Clock::now()),
      thread_([this] { Run(); }) {}

IdleWatch::~IdleWatch() {
  End();
  thread_.join();
}

std::unique_lock<std::mutex> IdleWatch::Use() {
  std::unique_lock lock(in_use_);
  last_use_ = Clock::now();
  return lock;
}

void IdleWatch::End() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_all();
}

bool IdleWatch::Sleep(milliseconds duration) {
  std::unique_lock lock(mutex_);
  return ending_.wait_for(lock, duration, [this] { return ended_; });
}

absl::Status IdleWatch::LookIfIdle() {
  const std::unique_lock lock(in_use_, std::try_to_lock);
  if (!lock.owns_lock() || Clock::now() - last_use_ < kIdle) return absl::OkStatus();
  return look_();
}

void IdleWatch::Run() {
  while (!Sleep(kPeriod)) {
    const absl::Status loss = LookIfIdle();
    if (loss.ok()) continue;
    if (!Sleep(kPatience)) give_up_(loss);
    return;
  }
}

}  // namespace tessera
