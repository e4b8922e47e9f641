#include "core/check.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "core/running_clock.h"

namespace tessera::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  const std::optional<Time> now = RunningTime();
  const std::string when = now.has_value() ? " at simulated time " + SecondsText(*now) : "";
  std::fprintf(stderr, "%s:%d: check failed: %s%s\n", file, line, condition, when.c_str());
  std::abort();
}

}  // namespace tessera::internal
