#include "fabric/profile.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {

Profile MakeProfile(const Placement& placement, const TransferCosts& costs) {
  using RankEnd = ScheduleRunner::RankEnd;
  ScheduleRunner runner(placement.capacities(), placement.shares());
  std::vector<RankEnd> ends;
  const int32_t run = runner.Start(
      {.schedule = &placement.schedule(), .routes = placement.local_routes(), .costs = costs},
      Time{}, ends);
  runner.AdvanceTo(Time::max(), ends);
  TESSERA_CHECK(runner.unfinished(run) == 0);
  std::sort(ends.begin(), ends.end(), [](const RankEnd& a, const RankEnd& b) {
    return a.at != b.at ? a.at < b.at : a.rank < b.rank;
  });
  Profile profile;
  for (const RankEnd& end : ends) {
    const Duration at = end.at - Time{};
    if (profile.groups.empty() || profile.groups.back().at != at) {
      profile.groups.push_back({.at = at, .first = static_cast<int32_t>(profile.ranks.size())});
    }
    ++profile.groups.back().count;
    profile.ranks.push_back(end.rank);
  }
  for (size_t l = 0; l < placement.links().size(); ++l) {
    profile.use.push_back(runner.UseOf(static_cast<int32_t>(l), ends.back().at));
  }
  return profile;
}

}  // namespace tessera
