#include "nodes/pacing.h"

#include <algorithm>

namespace tessera {
namespace {

using WallClock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(250);
// An event of a crowded fabric may be a thousand times the work of another, so time decides.
constexpr auto kShortWork = std::chrono::milliseconds(20);
constexpr auto kLongWork = std::chrono::milliseconds(100);
constexpr Duration kLongestSlice = std::chrono::hours(24);

bool StopRequested(const SimulationOptions& options) {
  return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

}  // namespace

void ReportProgress(const Engine& engine, const SimulationOptions& options,
                    WallClock::time_point& last) {
  if (!options.on_progress || WallClock::now() - last < kProgressInterval) return;
  last = WallClock::now();
  options.on_progress(engine.now(), engine.events_delivered());
}

void RunPaced(Engine& engine, const SimulationOptions& options) {
  Duration slice = std::chrono::microseconds(10);
  Time end = engine.now();
  WallClock::time_point last_report = WallClock::now();
  while (!engine.empty() && !engine.stop_requested() && !StopRequested(options)) {
    const WallClock::time_point begin = WallClock::now();
    end += slice;
    engine.Run(end);
    const WallClock::time_point now = WallClock::now();
    if (now - begin < kShortWork) slice = std::min(2 * slice, kLongestSlice);
    if (now - begin > kLongWork) slice = std::max(slice / 4, Duration(1));
    ReportProgress(engine, options, last_report);
  }
}

}  // namespace tessera
