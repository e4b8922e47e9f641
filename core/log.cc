#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/running_clock.h"

namespace tessera {
namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kDebug:
      return spdlog::level::debug;
  }
  return spdlog::level::off;
}

spdlog::logger MakeLogger() {
  spdlog::logger logger("tessera", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger.set_pattern("[%l] %v");
  logger.set_level(spdlog::level::warn);
  logger.flush_on(spdlog::level::warn);
  return logger;
}

spdlog::logger& ProcessLogger() {
  static spdlog::logger logger = MakeLogger();
  return logger;
}

void Write(LogLevel level, absl::string_view message) {
  if (!LogEnabled(level)) return;
  const std::optional<Time> now = RunningTime();
  const std::string stamp = now.has_value() ? absl::StrCat(SecondsText(*now), ": ") : "";
  ProcessLogger().log(SpdlogLevel(level), absl::StrCat(stamp, message));
}

}  // namespace

void SetLogLevel(LogLevel level) { ProcessLogger().set_level(SpdlogLevel(level)); }
bool LogEnabled(LogLevel level) { return ProcessLogger().should_log(SpdlogLevel(level)); }

void LogError(absl::string_view message) { Write(LogLevel::kError, message); }
void LogWarn(absl::string_view message) { Write(LogLevel::kWarn, message); }
void LogInfo(absl::string_view message) { Write(LogLevel::kInfo, message); }
void LogDebug(absl::string_view message) { Write(LogLevel::kDebug, message); }

}  // namespace tessera
