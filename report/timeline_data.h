// The timeline of report.html: the spans of a run in few enough pieces for a page.
#pragma once

#include <string>
#include <vector>

#include "nodes/simulation.h"

namespace tessera {

// What a piece of a lane shows.
struct TimelineKind {
  std::string name;    // "mlp", "all_reduce along tensor", "waiting along pipeline".
  std::string colour;  // A custom property of the page's style: "--op-mlp".
  bool waiting = false;
};

struct TimelinePiece {
  int64_t begin = 0;  // In ticks.
  int64_t end = 0;
  int kind = 0;
};

// The compute stream of a rank with what it waits for, or (`side`) its communication
// streams.
struct TimelineLane {
  int32_t rank = 0;
  bool side = false;
  std::vector<TimelinePiece> pieces;
};

struct TimelineData {
  Duration tick{};
  std::vector<TimelineKind> kinds;
  std::vector<TimelineLane> lanes;
};

// At most `max_pieces` pieces. Where the spans are more, each lane is cut in equal cells that show
// what took most of their time.
TimelineData MakeTimeline(const SimulationResult& result, size_t max_pieces);

// As the page's script reads it.
std::string TimelineJson(const TimelineData& timeline, Duration makespan);

}  // namespace tessera
