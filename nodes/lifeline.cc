#include "nodes/lifeline.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/check.h"

namespace tessera {
namespace {

// Waits. False: `quit` came first.
bool Readable(int fd, int quit) {
  std::array<pollfd, 2> items = {{{fd, POLLIN, 0}, {quit, POLLIN, 0}}};
  while (poll(items.data(), items.size(), -1) < 0 && errno == EINTR) {
  }
  return items[1].revents == 0 && items[0].revents != 0;
}

}  // namespace

Lifeline::Lifeline(int fd, std::string starter) : fd_(fd), quit_(eventfd(0, EFD_CLOEXEC)) {
  TESSERA_CHECK(quit_ >= 0);
  if (fd_ < 0) return;
  thread_ = std::thread([this, name = std::move(starter)] { Watch(name); });
}

Lifeline::~Lifeline() {
  constexpr uint64_t kOnce = 1;
  TESSERA_CHECK(write(quit_, &kOnce, sizeof(kOnce)) == sizeof(kOnce));
  if (thread_.joinable()) thread_.join();
  close(quit_);
  if (fd_ >= 0) close(fd_);
}

void Lifeline::Watch(const std::string& starter) {
  std::string cause;
  std::array<char, 1024> bytes{};
  while (cause.empty() || cause.back() != '\n') {
    if (!Readable(fd_, quit_)) return;
    const ssize_t got = read(fd_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      cause = absl::StrCat("lost ", starter, ": it has ended, and it started this process\n");
    } else {
      cause.append(bytes.data(), static_cast<size_t>(got));
    }
  }
  cause.pop_back();
  alarm_.Raise(absl::UnavailableError(cause));
}

}  // namespace tessera
