#include "fabric/schedule_runner.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/integer.h"

namespace tessera {
namespace {

constexpr Duration kLocalCopy{1};  // A transfer without a route.

// Of each link, counted in shares.
std::vector<RateUnits> InShares(absl::Span<const RateUnits> capacities,
                                absl::Span<const int32_t> shares) {
  std::vector<RateUnits> counted(capacities.begin(), capacities.end());
  for (size_t l = 0; l < shares.size(); ++l) {
    TESSERA_CHECK(shares[l] > 0 && counted[l] <= kNoRate / shares[l]);
    counted[l] *= shares[l];
  }
  return counted;
}

}  // namespace

ScheduleRunner::ScheduleRunner(absl::Span<const RateUnits> capacities,
                               absl::Span<const int32_t> shares)
    : solver_(InShares(capacities, shares)),
      shares_(shares.begin(), shares.end()),
      bytes_(capacities.size()),
      transfers_(capacities.size(), 0) {}

int32_t ScheduleRunner::NewRun() {
  if (free_runs_.empty()) {
    free_runs_.push_back(static_cast<int32_t>(runs_.size()));
    runs_.emplace_back();
  }
  const int32_t number = free_runs_.back();
  free_runs_.pop_back();
  return number;
}

int32_t ScheduleRunner::Start(const RunSpec& spec, Time at, std::vector<RankEnd>& ends) {
  const int32_t number = NewRun();
  Run& run = runs_[static_cast<size_t>(number)];
  const PreparedSchedule& schedule = *spec.schedule;
  const Time first = at + spec.costs.start;
  run.spec = spec;
  run.unfinished = schedule.transfers();
  run.end = first;
  run.transfers.clear();
  for (const Transfer& t : schedule.schedule().transfers) {
    run.transfers.push_back({.ready = first, .pending = t.predecessor_count});
  }
  run.ranks.clear();
  for (const int32_t left : schedule.transfers_of_rank()) {
    if (left == 0) {
      ends.push_back({.run = number, .rank = static_cast<int32_t>(run.ranks.size()), .at = first});
    }
    run.ranks.push_back({.end = first, .left = left});
  }
  for (const int32_t root : schedule.roots()) Wait({number, root}, first);
  if (run.unfinished == 0) ends.push_back({.run = number, .rank = RankEnd::kRunEnd, .at = first});
  return number;
}

Time ScheduleRunner::next() { return std::min(joins_.next(), solver_.next_finish()); }

void ScheduleRunner::AdvanceTo(Time until, std::vector<RankEnd>& ends) {
  for (Time now = next(); now <= until && now != Time::max(); now = next()) Happen(now, ends);
}

void ScheduleRunner::Happen(Time now, std::vector<RankEnd>& ends) {
  through_.clear();
  solver_.TakeFinished(now, through_);
  for (const uint64_t tag : through_) OnThrough(ItemOf(tag), now, ends);
  joining_.clear();
  if (joins_.next() == now) joins_.TakeNext(joining_);
  for (const Item& item : joining_) Join(item, now, ends);
  solver_.Solve(now);
}

const Transfer& ScheduleRunner::TransferOf(Item item) const {
  const RunSpec& spec = runs_[static_cast<size_t>(item.run)].spec;
  return spec.schedule->schedule().transfers[static_cast<size_t>(item.transfer)];
}

const PairRoute& ScheduleRunner::UsualRoute(Item item) const {
  const RunSpec& spec = runs_[static_cast<size_t>(item.run)].spec;
  return spec.routes[static_cast<size_t>(spec.schedule->pair_of(item.transfer))];
}

// The transfer is ready: it joins the flows once its latency is over.
void ScheduleRunner::Wait(Item item, Time ready) {
  const TransferCosts& costs = runs_[static_cast<size_t>(item.run)].spec.costs;
  PairRoute route = UsualRoute(item);
  if (health_ != nullptr) route = health_->WayFor(route).value_or(route);
  if (!route.links.empty()) {
    ready += route.head +
             (route.leaves_node ? costs.per_transfer_scale_out : costs.per_transfer_scale_up);
  }
  joins_.Push(ready, item);
}

void ScheduleRunner::Join(Item item, Time now, std::vector<RankEnd>& ends) {
  Enter(item, TransferOf(item).bytes, now, ends);
}

// Lets what is left of a transfer share bandwidth, if it has a way.
void ScheduleRunner::Enter(Item item, Bytes left, Time now, std::vector<RankEnd>& ends) {
  const TransferCosts& costs = runs_[static_cast<size_t>(item.run)].spec.costs;
  PairRoute route = UsualRoute(item);
  if (health_ != nullptr && !route.links.empty() && !TakeWay(item, left, route)) return;
  if (left == Bytes() || route.links.empty()) {
    OnThrough(item, now, ends);
    return;
  }
  const bool capped = costs.rate_cap != Bandwidth();
  solver_.Add({.work = WorkOf(left, route, costs),
               .route = route.links,
               .coefficients = route.coefficients,
               .cap = capped ? ToRateUnits(costs.rate_cap) : kNoRate,
               .tag = TagOf(item)},
              now);
}

// All bytes have left the source; the last ones arrive one tail later.
void ScheduleRunner::OnThrough(Item item, Time now, std::vector<RankEnd>& ends) {
  Run& run = runs_[static_cast<size_t>(item.run)];
  const PreparedSchedule& schedule = *run.spec.schedule;
  const Transfer& t = TransferOf(item);
  const Rest rest = TakeRest(item);
  const Time over = now + (rest.route.links.empty() ? kLocalCopy : rest.route.tail);
  CountOnLinks(rest.route, rest.bytes);
  for (const int32_t successor : schedule.SuccessorsOf(item.transfer)) {
    TransferState& state = run.transfers[static_cast<size_t>(successor)];
    state.ready = std::max(state.ready, over);
    if (--state.pending == 0) Wait({item.run, successor}, state.ready);
  }
  CountRank(item, t.source, over, ends);
  if (t.target != t.source) CountRank(item, t.target, over, ends);
  run.end = std::max(run.end, over);
  if (--run.unfinished == 0) {
    ends.push_back({.run = item.run, .rank = RankEnd::kRunEnd, .at = run.end});
  }
}

void ScheduleRunner::CountOnLinks(const PairRoute& route, Bytes bytes) {
  for (size_t hop = 0; hop < route.links.size(); ++hop) {
    const auto link = static_cast<size_t>(route.links[hop]);
    const int32_t coefficient = route.coefficients.empty() ? 1 : route.coefficients[hop];
    bytes_[link] += bytes * coefficient;
    transfers_[link] += coefficient;
  }
}

void ScheduleRunner::CountRank(Item item, int32_t rank, Time over, std::vector<RankEnd>& ends) {
  Run& run = runs_[static_cast<size_t>(item.run)];
  if (rank >= run.spec.schedule->schedule().ranks) return;  // A switch.
  RankState& state = run.ranks[static_cast<size_t>(rank)];
  state.end = std::max(state.end, over);
  if (--state.left == 0) ends.push_back({.run = item.run, .rank = rank, .at = state.end});
}

int32_t ScheduleRunner::Adopt(ScheduleRunner& lone, absl::Span<const PairRoute> routes, Time now) {
  TESSERA_CHECK(lone.runs_.size() == 1);
  const int32_t number = NewRun();
  Run& run = runs_[static_cast<size_t>(number)];
  run = std::move(lone.runs_[0]);
  run.spec.routes = routes;
  const bool capped = run.spec.costs.rate_cap != Bandwidth();
  for (const FlowId flow : lone.solver_.Flows()) {
    const auto transfer = static_cast<int32_t>(lone.solver_.tag(flow) & UINT32_MAX);
    const auto pair = static_cast<size_t>(run.spec.schedule->pair_of(transfer));
    solver_.Add({.work = lone.solver_.WorkLeft(flow, now),
                 .route = routes[pair].links,
                 .coefficients = routes[pair].coefficients,
                 .cap = capped ? ToRateUnits(run.spec.costs.rate_cap) : kNoRate,
                 .tag = TagOf({number, transfer})},
                now);
  }
  solver_.Solve(now);
  while (!lone.joins_.empty()) {
    const Time at = lone.joins_.next();
    lone.joining_.clear();
    lone.joins_.TakeNext(lone.joining_);
    for (const Item& item : lone.joining_) joins_.Push(at, {number, item.transfer});
  }
  return number;
}

LinkUse ScheduleRunner::UseOf(int32_t link, Time now) const {
  const auto l = static_cast<size_t>(link);
  const int64_t shares = shares_.empty() ? 1 : shares_[l];
  return {.bytes = Bytes(bytes_[l].count() / shares),
          .busy = solver_.BusyTime(link, now),
          .transfers = CeilDiv(transfers_[l], shares)};
}

std::vector<int32_t> ScheduleRunner::BlockedTransfers(int32_t run) const {
  std::vector<int32_t> blocked;
  const std::vector<TransferState>& states = runs_[static_cast<size_t>(run)].transfers;
  for (size_t t = 0; t < states.size(); ++t) {
    if (states[t].pending > 0) blocked.push_back(static_cast<int32_t>(t));
  }
  return blocked;
}

std::vector<int32_t> ScheduleRunner::SharingTransfers(int32_t run) const {
  std::vector<int32_t> sharing;
  for (const FlowId flow : solver_.Flows()) {
    const uint64_t tag = solver_.tag(flow);
    if (tag >> 32 == static_cast<uint32_t>(run)) {
      sharing.push_back(static_cast<int32_t>(tag & UINT32_MAX));
    }
  }
  std::sort(sharing.begin(), sharing.end());
  return sharing;
}

}  // namespace tessera
