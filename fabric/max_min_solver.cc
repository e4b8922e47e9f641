#include "fabric/max_min_solver.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {
namespace {

constexpr int64_t kFinishShare = 1024;  // Flows with less than 1/1024 ps of work left are done.

// The first whole picosecond at which less than rate / kFinishShare is left.
Time FinishTime(WorkUnits due, RateUnits rate) {
  if (rate == 0) return MaxMinSolver::kNever;
  const WorkUnits finish = (due - rate / kFinishShare + rate - 1) / rate;
  constexpr auto kNever = MaxMinSolver::kNever.time_since_epoch().count();
  return finish < kNever ? Time(Duration(static_cast<int64_t>(finish))) : MaxMinSolver::kNever;
}

WorkUnits WorkUntil(Time now, RateUnits rate) {
  return WorkUnits{rate} * now.time_since_epoch().count();
}

}  // namespace

MaxMinSolver::MaxMinSolver(absl::Span<const RateUnits> capacities) {
  links_.resize(capacities.size());
  for (size_t l = 0; l < capacities.size(); ++l) {
    TESSERA_CHECK(capacities[l] > 0);
    links_[l].capacity = capacities[l];
  }
}

FlowId MaxMinSolver::Add(const FlowSpec& spec, Time now) {
  const FlowId id = NewFlow(spec, now);
  const Flow& flow = flows_[Index(id)];
  bool alone = true;
  for (const Crossing& crossing : CrossingsOf(flow)) {
    alone = alone && links_[Index(crossing.link)].flows.size() == 1;
  }
  if (alone) {
    AddAlone(id, now);
    return id;
  }
  for (const Crossing& crossing : CrossingsOf(flow)) {
    ++links_[Index(crossing.link)].open;
    Touch(crossing.link);
  }
  return id;
}

// Takes a free slot, copies the route and joins the lists of its links.
FlowId MaxMinSolver::NewFlow(const FlowSpec& spec, Time now) {
  TESSERA_CHECK(spec.work > 0 && !spec.route.empty() && spec.cap > 0);
  if (free_flows_.empty()) {
    free_flows_.push_back(static_cast<FlowId>(flows_.size()));
    flows_.emplace_back();
    ceilings_.push_back(kNoRate);
  }
  const FlowId id = free_flows_.back();
  free_flows_.pop_back();
  const bool capped = spec.cap != kNoRate;
  const size_t hops = spec.route.size() + (capped ? 1 : 0);
  if (free_crossings_.size() <= hops) free_crossings_.resize(hops + 1);
  if (free_crossings_[hops].empty()) {
    free_crossings_[hops].push_back(static_cast<int32_t>(crossings_.size()));
    crossings_.resize(crossings_.size() + hops);
  }
  flows_[Index(id)] = {.due = spec.work,
                       .rate = 0,
                       .tag = spec.tag,
                       .owner = -1,
                       .first_crossing = free_crossings_[hops].back(),
                       .hops = static_cast<int32_t>(hops),
                       .capped = capped};
  free_crossings_[hops].pop_back();
  ceilings_[Index(id)] = kNoRate;
  const absl::Span<Crossing> crossings = CrossingsOf(flows_[Index(id)]);
  for (size_t i = 0; i < hops; ++i) {
    const int32_t link = i < spec.route.size() ? spec.route[i] : NewPrivateLink(spec.cap);
    LinkState& state = links_[Index(link)];
    if (state.flows.empty()) state.busy_since = now;
    crossings[i] = {.link = link, .place = static_cast<int32_t>(state.flows.size())};
    state.flows.push_back(id);
  }
  return id;
}

int32_t MaxMinSolver::NewPrivateLink(RateUnits cap) {
  if (free_private_links_.empty()) {
    free_private_links_.push_back(static_cast<int32_t>(links_.size()));
    links_.emplace_back();
  }
  const int32_t link = free_private_links_.back();
  free_private_links_.pop_back();
  links_[Index(link)].capacity = cap;
  return link;
}

// A flow that shares no link gets the least capacity at once.
void MaxMinSolver::AddAlone(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  RateUnits rate = kNoRate;
  for (const Crossing& crossing : CrossingsOf(flow)) {
    rate = std::min(rate, links_[Index(crossing.link)].capacity);
  }
  for (const Crossing& crossing : CrossingsOf(flow)) {
    LinkState& link = links_[Index(crossing.link)];
    link.load = rate;
    if (link.capacity != rate) continue;
    link.level = rate;
    link.at_level = 1;
    if (flow.owner < 0) flow.owner = crossing.link;
  }
  flow.rate = rate;
  flow.due += WorkUntil(now, rate);
  ceilings_[Index(id)] = rate;
  WatchFinishes(flow.owner);
}

void MaxMinSolver::Remove(FlowId flow, Time now) { Detach(flow, now); }

void MaxMinSolver::Detach(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  const bool open = ceilings_[Index(id)] == kNoRate;
  for (const Crossing& crossing : CrossingsOf(flow)) {
    LinkState& link = links_[Index(crossing.link)];
    const FlowId last = link.flows.back();
    link.flows[Index(crossing.place)] = last;
    link.flows.pop_back();
    if (last != id) {
      for (Crossing& moved : CrossingsOf(flows_[Index(last)])) {
        if (moved.link == crossing.link) moved.place = crossing.place;
      }
    }
    if (link.flows.empty()) link.busy += now - link.busy_since;
    if (open) {
      --link.open;
    } else {
      link.Count(flow.rate, -1);
    }
    Touch(crossing.link);
  }
  if (flow.capped) free_private_links_.push_back(CrossingsOf(flow).back().link);
  free_crossings_[Index(flow.hops)].push_back(flow.first_crossing);
  flow.hops = 0;
  free_flows_.push_back(id);
}

void MaxMinSolver::Touch(int32_t link) {
  LinkState& state = links_[Index(link)];
  state.step = Step::kLook;
  if (state.touched) return;
  state.touched = true;
  touched_.push_back(link);
}

// What is left to the link's open flows and to those at its level, shared equally. Flows that other
// links hold below the level count with their rates; some may turn out to be above the new level,
// which only raises it.
RateUnits MaxMinSolver::LowerBound(const LinkState& link) const {
  const RateUnits at_level = link.at_level == 0 ? 0 : link.level * link.at_level;
  return (link.capacity - (link.load - at_level)) / (link.open + link.at_level);
}

// The next step as far as the link's counts tell, and a water level before which it is not due.
// The level of a link is the least w that is the share (rounded down) of its flows with ceilings of
// at least w: the one that progressive filling stops at. Rounding makes it up to one unit per flow
// less than the lower bound.
MaxMinSolver::NextStep MaxMinSolver::Expect(const LinkState& link) const {
  const int32_t sharing = link.open + link.at_level;
  const auto flows = static_cast<int32_t>(link.flows.size());
  if (sharing == 0) {
    // Flows from other links may have filled it up; then it slows its fastest ones.
    if (link.load <= link.capacity) return {};
    return {Step::kLook, link.capacity / flows};
  }
  const RateUnits level = LowerBound(link);
  if (link.at_level > 0 && link.near_level == 0) {
    if (level > link.level) return {Step::kRelease, link.level};
    if (level == link.level && link.open == 0) return {};
  }
  if (sharing == flows) return {Step::kBind, level};
  return {Step::kLook, std::min(level, link.level) - flows};
}

// The next step for certain.
MaxMinSolver::NextStep MaxMinSolver::Look(const LinkState& link) const {
  RateUnits level = Expect(link).level;
  while (true) {
    RateUnits below = 0;
    int32_t sharing = 0;
    for (const FlowId id : link.flows) {
      const RateUnits ceiling = ceilings_[Index(id)];
      if (ceiling < level) {
        below += ceiling;
      } else {
        ++sharing;
      }
    }
    TESSERA_CHECK(sharing > 0);
    const RateUnits share = (link.capacity - below) / sharing;
    if (share > link.level) return {Step::kRelease, link.level};
    if (share == level) break;
    TESSERA_CHECK(share > level);
    level = share;
  }
  if (level == link.level && link.open == 0) return {};
  return {Step::kBind, level};
}

void MaxMinSolver::Queue(int32_t link, NextStep next) {
  LinkState& state = links_[Index(link)];
  state.step = next.step;
  state.step_level = next.level;
  if (next.level >= state.queued) return;
  state.queued = next.level;
  levels_.push_back({.level = next.level, .link = link});
  std::push_heap(levels_.begin(), levels_.end(),
                 [](const Level& a, const Level& b) { return a.level > b.level; });
}

void MaxMinSolver::QueueTouched() {
  for (const int32_t link : touched_) {
    LinkState& state = links_[Index(link)];
    state.touched = false;
    Queue(link, Expect(state));
  }
  touched_.clear();
}

// Takes the link whose step is due first; -1 if the entry was out of date.
int32_t MaxMinSolver::PopLowest() {
  const Level lowest = levels_.front();
  std::pop_heap(levels_.begin(), levels_.end(),
                [](const Level& a, const Level& b) { return a.level > b.level; });
  levels_.pop_back();
  LinkState& state = links_[Index(lowest.link)];
  if (state.queued != lowest.level) return -1;
  state.queued = kNoRate;
  return lowest.link;
}

void MaxMinSolver::Solve(Time now) {
  QueueTouched();
  while (!levels_.empty()) SettleLowest(now);
  for (const int32_t link : stale_finishes_) {
    if (links_[Index(link)].refresh) WatchFinishes(link);
  }
  stale_finishes_.clear();
}

// Lets the water rise to the next level at which links bind, and binds them.
void MaxMinSolver::SettleLowest(Time now) {
  const RateUnits level = CollectBound();
  for (const int32_t link : bound_) Bind(link, level, now);
  for (const int32_t link : bound_) {
    links_[Index(link)].bound = false;
    WatchFinishes(link);
  }
  bound_.clear();
  QueueTouched();
}

// Frees the flows of links that rise from levels up to the next one at which links bind, and
// gathers all links that bind there. Returns that level.
RateUnits MaxMinSolver::CollectBound() {
  RateUnits water = kNoRate;
  while (!levels_.empty() && levels_.front().level <= water) {
    const RateUnits level = levels_.front().level;
    const int32_t link = PopLowest();
    if (link < 0) continue;
    LinkState& state = links_[Index(link)];
    if (state.step == Step::kLook) {
      const NextStep expected = Expect(state);
      Queue(link, expected.step == Step::kLook && expected.level <= level ? Look(state) : expected);
    } else if (state.step_level > level) {
      Queue(link, {state.step, state.step_level});
    } else if (state.step == Step::kRelease) {
      OpenFlowsAtLevel(link);
      QueueTouched();
    } else if (!state.bound) {
      state.bound = true;
      bound_.push_back(link);
      water = level;
    }
  }
  return water;
}

// The flows at the level of `link`, which rises, may go faster: all their links work out anew.
void MaxMinSolver::OpenFlowsAtLevel(int32_t link) {
  const RateUnits level = links_[Index(link)].level;
  for (const FlowId id : links_[Index(link)].flows) {
    if (ceilings_[Index(id)] != level) continue;
    ceilings_[Index(id)] = kNoRate;
    for (const Crossing& crossing : CrossingsOf(flows_[Index(id)])) {
      LinkState& state = links_[Index(crossing.link)];
      state.Count(level, -1);
      ++state.open;
      Touch(crossing.link);
    }
  }
}

// Makes `level` the level of `link`: its open and its faster flows go at that rate.
void MaxMinSolver::Bind(int32_t link, RateUnits level, Time now) {
  ++settled_links_;
  LinkState& state = links_[Index(link)];
  int32_t at_level = 0;
  int32_t near_level = 0;
  for (const FlowId id : state.flows) {
    RateUnits& ceiling = ceilings_[Index(id)];
    if (ceiling > level) {
      SetRate(id, level, now);
      flows_[Index(id)].owner = link;
    }
    at_level += ceiling == level ? 1 : 0;
    near_level += ceiling != level && ceiling >= level - kNear ? 1 : 0;
  }
  state.level = level;
  state.at_level = at_level;
  state.near_level = near_level;
  TESSERA_CHECK(state.open == 0 && state.load <= state.capacity);
}

void MaxMinSolver::SetRate(FlowId id, RateUnits level, Time now) {
  Flow& flow = flows_[Index(id)];
  RateUnits& ceiling = ceilings_[Index(id)];
  const bool open = ceiling == kNoRate;
  for (const Crossing& crossing : CrossingsOf(flow)) {
    LinkState& link = links_[Index(crossing.link)];
    if (open) {
      --link.open;
    } else {
      link.Count(flow.rate, -1);
    }
    link.Count(level, +1);
    Touch(crossing.link);
  }
  ceiling = level;
  flow.due += WorkUntil(now, level - flow.rate);
  flow.rate = level;
}

// Works out when the first of the flows that `link` owns finishes; they all run at one rate.
void MaxMinSolver::WatchFinishes(int32_t link) {
  LinkState& state = links_[Index(link)];
  state.refresh = false;
  const Flow* first = nullptr;
  for (const FlowId id : state.flows) {
    const Flow& flow = flows_[Index(id)];
    if (flow.owner == link && (first == nullptr || flow.due < first->due)) first = &flow;
  }
  const Time next = first == nullptr ? kNever : FinishTime(first->due, first->rate);
  if (next == state.next_finish) return;
  state.next_finish = next;
  if (next == kNever) return;
  finishes_.push_back({.time = next, .link = link});
  std::push_heap(finishes_.begin(), finishes_.end(),
                 [](const Finish& a, const Finish& b) { return a.time > b.time; });
}

Time MaxMinSolver::next_finish() {
  while (!finishes_.empty() &&
         links_[Index(finishes_.front().link)].next_finish != finishes_.front().time) {
    std::pop_heap(finishes_.begin(), finishes_.end(),
                  [](const Finish& a, const Finish& b) { return a.time > b.time; });
    finishes_.pop_back();
  }
  return finishes_.empty() ? kNever : finishes_.front().time;
}

void MaxMinSolver::TakeFinished(Time now, std::vector<uint64_t>& tags) {
  while (next_finish() <= now) {
    const int32_t link = finishes_.front().link;
    LinkState& state = links_[Index(link)];
    state.next_finish = kNever;
    state.refresh = true;
    stale_finishes_.push_back(link);
    for (size_t i = state.flows.size(); i-- > 0;) {
      const FlowId id = state.flows[i];
      const Flow& flow = flows_[Index(id)];
      if (flow.owner != link || FinishTime(flow.due, flow.rate) > now) continue;
      tags.push_back(flow.tag);
      Detach(id, now);
    }
  }
}

WorkUnits MaxMinSolver::WorkLeft(FlowId flow, Time now) const {
  const Flow& f = flows_[Index(flow)];
  return f.due - WorkUntil(now, f.rate);
}

std::vector<FlowId> MaxMinSolver::Flows() const {
  std::vector<FlowId> flows;
  for (size_t f = 0; f < flows_.size(); ++f) {
    if (flows_[f].hops > 0) flows.push_back(static_cast<FlowId>(f));
  }
  return flows;
}

Duration MaxMinSolver::BusyTime(int32_t link, Time now) const {
  const LinkState& state = links_[Index(link)];
  return state.flows.empty() ? state.busy : state.busy + (now - state.busy_since);
}

}  // namespace tessera
