// When flows finish: the part of MaxMinSolver that reads clocks.
#include <algorithm>

#include "fabric/max_min_solver.h"

namespace tessera {
namespace {

constexpr int64_t kFinishShare = 1024;  // Flows with less than 1/1024 ps of work left are done.

// The first whole picosecond t at which level * t >= work, short of 1/kFinishShare ps.
Time FinishTime(WorkUnits work, RateUnits level) {
  if (level == 0) return MaxMinSolver::kNever;
  const WorkUnits finish = (work - level / kFinishShare + level - 1) / level;
  constexpr auto kNever = MaxMinSolver::kNever.time_since_epoch().count();
  return finish < kNever ? Time(Duration(static_cast<int64_t>(finish))) : MaxMinSolver::kNever;
}

}  // namespace

WorkUnits MaxMinSolver::Clock(int32_t link, Time now) const {
  return rosters_[Index(link)].clock +
         WorkUnits{links_[Index(link)].level} * now.time_since_epoch().count();
}

// The first finish of the members has to be worked out anew once the levels are.
void MaxMinSolver::Unwatch(int32_t link) {
  LinkState& state = links_[Index(link)];
  if (state.unwatched) return;
  state.unwatched = true;
  unwatched_.push_back(link);
}

// Works out when the first member of `link` finishes.
void MaxMinSolver::WatchFinishes(int32_t link) {
  LinkState& state = links_[Index(link)];
  Roster& roster = rosters_[Index(link)];
  state.unwatched = false;
  if (state.members == 0) {
    finishes_.Remove(link);
    return;
  }
  if (roster.first_left) {
    roster.first_due = kNoDue;
    roster.first_left = false;
    for (int32_t i = 0; i < state.members; ++i) {
      roster.first_due = std::min(roster.first_due, flows_[Index(roster.flows[Index(i)].flow)].due);
    }
  }
  finishes_.Set(link, FinishTime(roster.first_due - roster.clock, state.level));
}

void MaxMinSolver::TakeFinished(Time now, std::vector<uint64_t>& tags) {
  while (!finishes_.empty() && finishes_.top_key() <= now) {
    const int32_t link = finishes_.top();
    finishes_.Remove(link);
    Unwatch(link);
    const std::vector<OnLink>& flows = rosters_[Index(link)].flows;
    const WorkUnits clock = rosters_[Index(link)].clock;
    const RateUnits level = links_[Index(link)].level;
    for (int32_t i = links_[Index(link)].members; i-- > 0;) {
      const FlowId id = flows[Index(i)].flow;
      const Flow& flow = flows_[Index(id)];
      if (FinishTime(flow.due - clock, level) > now) continue;
      tags.push_back(flow.tag);
      Detach(id, now);
    }
  }
}

}  // namespace tessera
