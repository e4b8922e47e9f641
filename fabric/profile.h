// The course of a schedule that is alone on its links, relative to its start: what a replay needs.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/placement.h"
#include "fabric/schedule_runner.h"

namespace tessera {

struct Profile {
  // Ends of one time; the last group is that of the run's end.
  struct Group {
    Duration at{};
    int32_t first = 0;  // Its ranks are ranks[first, first + count).
    int32_t count = 0;
  };
  std::vector<Group> groups;
  std::vector<int32_t> ranks;  // By end, then by number; ScheduleRunner::RankEnd::kRunEnd last.
  std::vector<LinkUse> use;    // Of the placement's own links.
};

// Simulates the schedule of `placement` with its own links idle.
Profile MakeProfile(const Placement& placement, const TransferCosts& costs);

}  // namespace tessera
