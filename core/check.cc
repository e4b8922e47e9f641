#include "core/check.h"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "core/running_clock.h"

namespace tessera::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  const std::optional<Time> now = RunningTime();
  if (now.has_value()) {
    std::fprintf(stderr, "%s:%d: check failed: %s (at simulated time %" PRId64 " ps)\n", file, line,
                 condition, now->time_since_epoch().count());
  } else {
    std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  }
  std::abort();
}

}  // namespace tessera::internal
