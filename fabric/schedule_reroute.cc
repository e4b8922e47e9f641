// How the transfers of running schedules meet links that fail: the part of ScheduleRunner that
// stops them, looks for other ways and lets them go on.
#include <algorithm>
#include <utility>

#include "core/check.h"
#include "fabric/schedule_runner.h"

namespace tessera {

// The way of a transfer and how much goes along it; it is forgotten here.
ScheduleRunner::Rest ScheduleRunner::TakeRest(Item item) {
  const auto found = rests_.empty() ? rests_.end() : rests_.find(TagOf(item));
  if (found == rests_.end()) return {UsualRoute(item), TransferOf(item).bytes};
  const Rest rest = found->second;
  rests_.erase(found);
  return rest;
}

// Sets `route` to the way that the transfer takes now. False: there is none, so it waits.
bool ScheduleRunner::TakeWay(Item item, Bytes left, PairRoute& route) {
  const std::optional<PairRoute> way = health_->WayFor(route);
  if (!way.has_value()) {
    stopped_transfers_.push_back({item, left});
    return false;
  }
  if (way->links.data() != route.links.data()) ++rerouted_;
  route = *way;
  rests_.insert_or_assign(TagOf(item), Rest{route, left});
  return true;
}

// Takes a flow off its links; the bytes that have left its source are counted on them.
void ScheduleRunner::Stop(FlowId flow, Time now) {
  const Item item = ItemOf(solver_.tag(flow));
  const Rest rest = TakeRest(item);
  const WorkUnits work = solver_.WorkLeft(flow, now);
  const WorkUnits of_a_byte =
      WorkOf(Bytes(1), rest.route, runs_[static_cast<size_t>(item.run)].spec.costs);
  const Bytes left =
      std::min(rest.bytes, Bytes(static_cast<int64_t>((work + of_a_byte - 1) / of_a_byte)));
  CountOnLinks(rest.route, rest.bytes - left);
  solver_.Remove(flow, now);
  stopped_transfers_.push_back({item, left});
  ++stopped_;
}

void ScheduleRunner::ChangeLinks(std::vector<RankEnd>& ends) {
  const Time now = health_->next();
  for (const LinkId link : health_->Step()) {
    const Bandwidth rate = health_->RateOf(link);
    const int32_t shares = shares_.empty() ? 1 : shares_[static_cast<size_t>(link)];
    if (rate != Bandwidth()) solver_.SetCapacity(link, ToRateUnits(rate) * shares);
  }
  for (const FlowId flow : solver_.Flows()) {
    const auto rest = rests_.find(solver_.tag(flow));
    TESSERA_CHECK(rest != rests_.end());
    if (health_->IsDown(rest->second.route)) Stop(flow, now);
  }
  for (const Stopped& stopped : std::exchange(stopped_transfers_, {})) {
    Enter(stopped.item, stopped.bytes, now, ends);
  }
  solver_.Solve(now);
}

bool ScheduleRunner::FeelsChanges() {
  return solver_.next_finish() != MaxMinSolver::kNever ||
         std::any_of(stopped_transfers_.begin(), stopped_transfers_.end(),
                     [this](const auto& s) { return health_->Recovers(UsualRoute(s.item)); });
}

std::vector<int32_t> ScheduleRunner::StoppedTransfers(int32_t run) const {
  std::vector<int32_t> stopped;
  for (const Stopped& s : stopped_transfers_) {
    if (s.item.run == run) stopped.push_back(s.item.transfer);
  }
  std::sort(stopped.begin(), stopped.end());
  return stopped;
}

}  // namespace tessera
