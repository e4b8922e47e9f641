// trace.json: timelines in the Chrome trace format, as Perfetto (ui.perfetto.dev) opens them. One
// process per traced chip with a track for each of its engines (compute, what blocks it,
// communication streams); one counter track per hot link. Times are microseconds, as the format
// asks.
#pragma once

#include <string>

#include "nodes/simulation.h"

namespace tessera {

std::string TraceJson(const SimulationResult& result);

}  // namespace tessera
