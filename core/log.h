// The log: lines on stderr such as
//   [info] 0.000001234000 s: 3 of 16 ranks done
// stamped with the simulated time of the engine that runs on this thread, if one does. Results go
// to files, never here. The level is the process's, like stderr itself; safe from any thread.
// A message is formatted by the caller (absl::StrCat); guard costly ones by LogEnabled.
#pragma once

#include "absl/strings/string_view.h"

namespace tessera {

enum class LogLevel {
  kError,  // The run is void.
  kWarn,   // A result is suspect.
  kInfo,   // A few lines a run.
  kDebug,  // A line per event.
};

// Shows `level` and what is graver; kWarn until set.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

void LogError(absl::string_view message);
void LogWarn(absl::string_view message);
void LogInfo(absl::string_view message);
void LogDebug(absl::string_view message);

}  // namespace tessera
