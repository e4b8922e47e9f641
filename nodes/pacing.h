// Runs an engine in slices of simulated time, so that between them the outside can look: progress
// and stop requests. Slices follow the rate of events, not the wall clock, and cannot change a
// result.
#pragma once

#include <chrono>

#include "core/engine.h"
#include "nodes/simulation.h"

namespace tessera {

// Calls options.on_progress if the last call, at `last`, was long enough ago.
void ReportProgress(const Engine& engine, const SimulationOptions& options,
                    std::chrono::steady_clock::time_point& last);

// Until no event is left, `options.stop` is set or the engine was told to stop.
void RunPaced(Engine& engine, const SimulationOptions& options);

}  // namespace tessera
