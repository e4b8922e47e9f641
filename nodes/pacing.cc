#include "nodes/pacing.h"

#include <algorithm>
#include <chrono>

namespace tessera {
namespace {

using WallClock = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(250);
// Tens of milliseconds of work.
constexpr int64_t kFewEvents = 20'000;
constexpr int64_t kManyEvents = 100'000;
constexpr Duration kLongestSlice = std::chrono::hours(24);

bool StopRequested(const SimulationOptions& options) {
  return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

}  // namespace

void RunPaced(Engine& engine, const SimulationOptions& options) {
  Duration slice = std::chrono::microseconds(10);
  Time end = engine.now();
  WallClock::time_point last_report = WallClock::now();
  while (!engine.empty() && !engine.stop_requested() && !StopRequested(options)) {
    const int64_t before = engine.events_delivered();
    end += slice;
    engine.Run(end);
    const int64_t events = engine.events_delivered() - before;
    if (events < kFewEvents) slice = std::min(2 * slice, kLongestSlice);
    if (events > kManyEvents) slice = std::max(slice / 2, Duration(1));
    if (!options.on_progress || WallClock::now() - last_report < kProgressInterval) continue;
    last_report = WallClock::now();
    options.on_progress(engine.now(), engine.events_delivered());
  }
}

}  // namespace tessera
