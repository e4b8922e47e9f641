// What the fluid fabric says about its runs: the use of links so far and who is not over.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "fabric/fluid_fabric.h"

namespace tessera {
namespace {

// No link carries more than its capacity times its busy time; every transfer may end up to
// 1/1024 ps early.
void CheckWithinCapacity(const LinkUse& use, Bandwidth bandwidth) {
  const WorkUnits allowed =
      WorkUnits{ToRateUnits(bandwidth)} * (use.busy.count() + use.transfers / 1024 + 1);
  TESSERA_CHECK(ToWorkUnits(use.bytes) <= allowed);
}

}  // namespace

absl::Span<const LinkUse> FluidFabric::link_use() {
  AdvanceTo(engine_.now());
  total_use_ = adopted_use_;
  for (size_t l = 0; l < total_use_.size(); ++l) {
    total_use_[l] += runner_.UseOf(static_cast<int32_t>(l), engine_.now());
  }
  for (const auto& placed : placements_) {
    for (const auto& replay : placed->replays) {
      if (replay->completed == 0) continue;
      for (size_t l = 0; l < placed->placement->links().size(); ++l) {
        const LinkUse& use = replay->profile->use[l];
        total_use_[static_cast<size_t>(placed->placement->links()[l])] +=
            {.bytes = use.bytes * replay->completed,
             .busy = use.busy * replay->completed,
             .transfers = use.transfers * replay->completed};
      }
    }
  }
  for (size_t l = 0; l < total_use_.size(); ++l) {
    CheckWithinCapacity(total_use_[l], topology_.links()[l].bandwidth);
  }
  return total_use_;
}

std::string FluidFabric::DescribeUnfinished() const {
  std::string text;
  for (const Run& run : runs_) {
    if (run.number != 0) absl::StrAppend(&text, DescribeRun(run), "\n");
  }
  return text;
}

std::string FluidFabric::DescribeRun(const Run& run) const {
  const PreparedSchedule& schedule = run.placed->placement->schedule();
  std::string text = absl::StrCat("run ", run.number, " (", schedule.schedule().algorithm, ", ",
                                  schedule.schedule().ranks, " ranks) started at ",
                                  run.start.time_since_epoch().count(), " ps");
  if (run.replay != nullptr) return absl::StrCat(text, ": is replayed alone");
  const auto name = [&](int32_t transfer) {
    const Transfer& t = schedule.schedule().transfers[static_cast<size_t>(transfer)];
    return absl::StrCat("transfer ", transfer, " (", t.source, " to ", t.target, ")");
  };
  absl::StrAppend(&text, ": ", runner_.unfinished(run.live), " of ", schedule.transfers(),
                  " transfers are not over");
  const std::vector<int32_t> sharing = runner_.SharingTransfers(run.live);
  for (size_t i = 0; i < std::min<size_t>(sharing.size(), 4); ++i) {
    const auto pair = static_cast<size_t>(schedule.pair_of(sharing[i]));
    const PairRoute& route = run.placed->placement->routes()[pair];
    absl::StrAppend(&text, "; ", name(sharing[i]), " is on ",
                    topology_.LinkName(route.links.front()), " ... ",
                    topology_.LinkName(route.links.back()));
  }
  const std::vector<int32_t> stopped = runner_.StoppedTransfers(run.live);
  for (size_t i = 0; i < std::min<size_t>(stopped.size(), 4); ++i) {
    const auto pair = static_cast<size_t>(schedule.pair_of(stopped[i]));
    absl::StrAppend(&text, "; ", name(stopped[i]),
                    " is cut off: ", health_->NamesOfDown(run.placed->placement->routes()[pair]),
                    " down");
  }
  const std::vector<int32_t> blocked = runner_.BlockedTransfers(run.live);
  if (!blocked.empty()) {
    absl::StrAppend(&text, "; ", blocked.size(), " wait for others, first ", name(blocked.front()));
  }
  return text;
}

}  // namespace tessera
