#include "nodes/alarm.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "core/check.h"

namespace tessera {

Alarm::Alarm() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { TESSERA_CHECK(fd_ >= 0); }

Alarm::~Alarm() { close(fd_); }

void Alarm::Raise(absl::Status cause) {
  TESSERA_CHECK(!cause.ok());
  const std::lock_guard lock(mutex_);
  if (!cause_.ok()) return;
  cause_ = std::move(cause);
  constexpr uint64_t kOnce = 1;
  TESSERA_CHECK(write(fd_, &kOnce, sizeof(kOnce)) == sizeof(kOnce));
}

absl::Status Alarm::status() const {
  const std::lock_guard lock(mutex_);
  return cause_;
}

}  // namespace tessera
