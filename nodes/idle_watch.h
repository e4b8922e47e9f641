// Looks after a thing of one thread while that thread is busy elsewhere, and ends its wait for ever
// if need be: a process that prepares a run or is deep in a long window does not see that another
// one is lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"

namespace tessera {

class IdleWatch {
 public:
  // `look` is called on a thread of this object, a few times a second, while the thing has not been
  // used for a while. If it returns an error and the owner has not come back 1.5 s later, `give_up`
  // is called with it, once.
  IdleWatch(std::function<absl::Status()> look, std::function<void(const absl::Status&)> give_up);
  IdleWatch(const IdleWatch&) = delete;
  IdleWatch& operator=(const IdleWatch&) = delete;
  ~IdleWatch();

  // The owner uses the thing for as long as it keeps the lock.
  std::unique_lock<std::mutex> Use();
  // There is nothing to look after any more.
  void End();

 private:
  void Run();
  // True: End was called before.
  bool Sleep(std::chrono::milliseconds duration);
  absl::Status LookIfIdle();

  const std::function<absl::Status()> look_;
  const std::function<void(const absl::Status&)> give_up_;
  std::mutex in_use_;
  std::chrono::steady_clock::time_point last_use_;  // Under in_use_.
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;  // Under mutex_.
  std::thread thread_;
};

}  // namespace tessera
