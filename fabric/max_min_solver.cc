#include "fabric/max_min_solver.h"

#include <algorithm>

#include "core/check.h"

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
  levels_.Resize(links_.size());
  finishes_.Resize(links_.size());
}

WorkUnits MaxMinSolver::Clock(const LinkState& link, Time now) {
  return link.clock + WorkUntil(now, link.level);
}

FlowId MaxMinSolver::Add(const FlowSpec& spec, Time now) {
  const FlowId id = NewFlow(spec, now);
  const absl::Span<const Crossing> crossings = CrossingsOf(flows_[Index(id)]);
  bool alone = true;
  for (const Crossing& c : crossings) alone = alone && links_[Index(c.link)].flows.size() == 1;
  if (alone) {
    AddAlone(id, now);
    return id;
  }
  for (const Crossing& c : crossings) {
    links_[Index(c.link)].open += c.coefficient;
    Touch(c.link);
  }
  return id;
}

// Takes a free slot, copies the route and joins the lists of its links.
FlowId MaxMinSolver::NewFlow(const FlowSpec& spec, Time now) {
  TESSERA_CHECK(spec.work > 0 && !spec.route.empty() && spec.cap > 0);
  if (free_flows_.empty()) {
    free_flows_.push_back(static_cast<FlowId>(flows_.size()));
    flows_.emplace_back();
  }
  const FlowId id = free_flows_.back();
  free_flows_.pop_back();
  const auto coefficient = [&](size_t hop) {
    return hop < spec.coefficients.size() ? spec.coefficients[hop] : 1;
  };
  // Where a link of the route gives no more than the cap, the cap never binds.
  bool capped = spec.cap != kNoRate;
  for (size_t i = 0; i < spec.route.size() && capped; ++i) {
    capped = spec.cap < links_[Index(spec.route[i])].capacity / coefficient(i);
  }
  const size_t hops = spec.route.size() + (capped ? 1 : 0);
  if (free_crossings_.size() <= hops) free_crossings_.resize(hops + 1);
  if (free_crossings_[hops].empty()) {
    free_crossings_[hops].push_back(static_cast<int32_t>(crossed_.size()));
    crossed_.resize(crossed_.size() + hops);
    places_.resize(crossed_.size());
  }
  const int32_t first = free_crossings_[hops].back();
  free_crossings_[hops].pop_back();
  flows_[Index(id)] = {.due = spec.work,
                       .tag = spec.tag,
                       .owner = -1,
                       .first = first,
                       .hops = static_cast<int32_t>(hops),
                       .capped = capped};
  for (size_t i = 0; i < hops; ++i) {
    const int32_t link = i < spec.route.size() ? spec.route[i] : NewPrivateLink(spec.cap);
    crossed_[Index(first) + i] = {link, coefficient(i)};
  }
  for (size_t i = 0; i < hops; ++i) Enter(id, first + static_cast<int32_t>(i), now);
  return id;
}

// Puts the flow in the list of the link of one of its crossings.
void MaxMinSolver::Enter(FlowId id, int32_t crossing, Time now) {
  const Crossing& c = crossed_[Index(crossing)];
  const Flow& flow = flows_[Index(id)];
  LinkState& state = links_[Index(c.link)];
  TESSERA_CHECK(c.coefficient > 0 && c.coefficient <= INT32_MAX - state.shared);
  if (state.flows.empty()) state.busy_since = now;
  state.shared += c.coefficient;
  places_[Index(crossing)] = static_cast<int32_t>(state.flows.size());
  OnLink on_link = {.flow = id, .first = flow.first, .hops = flow.hops, .crossing = crossing};
  if (flow.hops == 2) {
    const Crossing& other = crossed_[Index(crossing == flow.first ? crossing + 1 : flow.first)];
    on_link.other = other.link;
    on_link.other_coefficient = other.coefficient;
  }
  state.flows.push_back(on_link);
}

int32_t MaxMinSolver::NewPrivateLink(RateUnits cap) {
  if (free_private_links_.empty()) {
    free_private_links_.push_back(static_cast<int32_t>(links_.size()));
    links_.emplace_back();
    levels_.Resize(links_.size());
    finishes_.Resize(links_.size());
  }
  const int32_t link = free_private_links_.back();
  free_private_links_.pop_back();
  links_[Index(link)].capacity = cap;
  return link;
}

// A flow that shares no link gets the least that one of them gives at once.
void MaxMinSolver::AddAlone(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  RateUnits level = kNoRate;
  int32_t tightest = -1;
  for (const Crossing& c : CrossingsOf(flow)) {
    const RateUnits share = links_[Index(c.link)].capacity / c.coefficient;
    if (share < level) tightest = c.link;
    level = std::min(level, share);
  }
  TESSERA_CHECK(level > 0);
  for (const Crossing& c : CrossingsOf(flow)) {
    links_[Index(c.link)].load = level * c.coefficient;
    links_[Index(c.link)].others_max = level;
  }
  LinkState& owner = links_[Index(tightest)];
  owner.level = level;
  flow.due += Clock(owner, now);
  Join(tightest, 0);
  WatchFinishes(tightest);
}

void MaxMinSolver::Remove(FlowId flow, Time now) {
  const int32_t owner = flows_[Index(flow)].owner;
  Detach(flow, now);
  if (owner >= 0) WatchFinishes(owner);
}

void MaxMinSolver::Detach(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  const RateUnits rate_now = rate(id);
  const bool open = flow.owner < 0;
  if (!open) LeaveOwner(id);
  const absl::Span<const Crossing> crossings = CrossingsOf(flow);
  for (size_t i = 0; i < crossings.size(); ++i) {
    const auto [number, coefficient] = crossings[i];
    LinkState& link = links_[Index(number)];
    LeaveList(link, Index(places_[Index(flow.first) + i]));
    link.shared -= coefficient;
    if (open) {
      link.open -= coefficient;
    } else {
      link.load -= rate_now * coefficient;
    }
    if (link.flows.empty()) {
      link.busy += now - link.busy_since;
      link.others_max = 0;
      link.clock = 0;
    } else {
      TouchRaised(link, number);
    }
  }
  if (flow.capped) free_private_links_.push_back(crossings.back().link);
  free_crossings_[Index(flow.hops)].push_back(flow.first);
  flow.hops = 0;
  free_flows_.push_back(id);
}

// Removes a flow that is not a member from the list.
void MaxMinSolver::LeaveList(LinkState& link, size_t place) {
  SwapOnLink(link, place, link.flows.size() - 1);
  link.flows.pop_back();
}

void MaxMinSolver::SwapOnLink(LinkState& link, size_t a, size_t b) {
  std::swap(link.flows[a], link.flows[b]);
  places_[Index(link.flows[a].crossing)] = static_cast<int32_t>(a);
  places_[Index(link.flows[b].crossing)] = static_cast<int32_t>(b);
}

// Makes the flow at `place` of the list a member; its due is on this link's clock already.
void MaxMinSolver::Join(int32_t link, size_t place) {
  LinkState& state = links_[Index(link)];
  Flow& flow = flows_[Index(state.flows[place].flow)];
  flow.owner = link;
  if (flow.due <= state.first_due) {
    state.first_due = flow.due;
    state.first_left = false;
  }
  state.held += CoefficientOf(state.flows[place]);
  SwapOnLink(state, place, Index(state.members));
  ++state.members;
}

// Ends the membership of a flow; its due is on the owner's clock still.
void MaxMinSolver::LeaveOwner(FlowId id) {
  Flow& flow = flows_[Index(id)];
  LinkState& owner = links_[Index(flow.owner)];
  int32_t crossing = flow.first;
  while (crossed_[Index(crossing)].link != flow.owner) ++crossing;
  const int32_t place = places_[Index(crossing)];
  if (flow.due == owner.first_due) owner.first_left = true;
  --owner.members;
  owner.held -= crossed_[Index(crossing)].coefficient;
  SwapOnLink(owner, Index(place), Index(owner.members));
  if (owner.members == 0) {
    owner.clock = 0;
    owner.level = 0;
    owner.rising = false;
    owner.first_due = kNoDue;
    owner.first_left = false;
  }
  flow.owner = -1;
}

// Works out when the first member of `link` finishes.
void MaxMinSolver::WatchFinishes(int32_t link) {
  LinkState& state = links_[Index(link)];
  state.unwatched = false;
  if (state.members == 0) {
    finishes_.Remove(link);
    return;
  }
  if (state.first_left) {
    state.first_due = kNoDue;
    state.first_left = false;
    for (int32_t i = 0; i < state.members; ++i) {
      state.first_due = std::min(state.first_due, flows_[Index(state.flows[Index(i)].flow)].due);
    }
  }
  finishes_.Set(link, FinishTime(state.first_due - state.clock, state.level));
}

void MaxMinSolver::TakeFinished(Time now, std::vector<uint64_t>& tags) {
  while (!finishes_.empty() && finishes_.top_key() <= now) {
    const int32_t link = finishes_.top();
    finishes_.Remove(link);
    LinkState& state = links_[Index(link)];
    state.unwatched = true;
    unwatched_.push_back(link);
    const WorkUnits clock = state.clock;
    const RateUnits level = state.level;
    for (int32_t i = state.members; i-- > 0;) {
      const FlowId id = state.flows[Index(i)].flow;
      const Flow& flow = flows_[Index(id)];
      if (FinishTime(flow.due - clock, level) > now) continue;
      tags.push_back(flow.tag);
      Detach(id, now);
    }
  }
}

RateUnits MaxMinSolver::rate(FlowId flow) const {
  const int32_t owner = flows_[Index(flow)].owner;
  return owner < 0 ? 0 : links_[Index(owner)].level;
}

WorkUnits MaxMinSolver::WorkLeft(FlowId flow, Time now) const {
  const Flow& f = flows_[Index(flow)];
  return f.owner < 0 ? f.due : f.due - Clock(links_[Index(f.owner)], now);
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
