// TESSERA_CHECK(condition): a broken invariant of our own. Prints condition, file, line and the
// simulated time of the engine that runs on this thread (if any), then aborts. Faults from
// outside (files, arguments, network) return absl::Status instead.
#pragma once

namespace tessera::internal {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace tessera::internal

#define TESSERA_CHECK(condition)                                        \
  do {                                                                  \
    if (!(condition)) [[unlikely]]                                      \
      ::tessera::internal::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
