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

// What holds the flow: the level of its owner, or nothing while it is open.
RateUnits MaxMinSolver::CeilingOf(const Flow& flow) const {
  if (flow.owner < 0) return kNoRate;
  const LinkState& owner = links_[Index(flow.owner)];
  return owner.rising ? kNoRate : owner.level;
}

FlowId MaxMinSolver::Add(const FlowSpec& spec, Time now) {
  const FlowId id = NewFlow(spec, now);
  bool alone = true;
  for (const int32_t link : LinksOf(flows_[Index(id)])) {
    alone = alone && links_[Index(link)].flows.size() == 1;
  }
  if (alone) {
    AddAlone(id, now);
    return id;
  }
  for (const int32_t link : LinksOf(flows_[Index(id)])) {
    ++links_[Index(link)].open;
    Touch(link);
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
  // Where a link of the route is no faster than the cap, the cap never binds.
  const bool capped = std::all_of(spec.route.begin(), spec.route.end(), [&](int32_t link) {
    return spec.cap < links_[Index(link)].capacity;
  });
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
    LinkState& state = links_[Index(link)];
    if (state.flows.empty()) state.busy_since = now;
    const int32_t crossing = first + static_cast<int32_t>(i);
    crossed_[Index(crossing)] = link;
    places_[Index(crossing)] = static_cast<int32_t>(state.flows.size());
    state.flows.push_back(
        {.flow = id, .first = first, .hops = static_cast<int32_t>(hops), .crossing = crossing});
  }
  return id;
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

// A flow that shares no link gets the least capacity at once.
void MaxMinSolver::AddAlone(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  const absl::Span<const int32_t> links = LinksOf(flow);
  const int32_t tightest = *std::min_element(links.begin(), links.end(), [&](int32_t a, int32_t b) {
    return links_[Index(a)].capacity < links_[Index(b)].capacity;
  });
  LinkState& owner = links_[Index(tightest)];
  for (const int32_t link : links) {
    links_[Index(link)].load = owner.capacity;
    links_[Index(link)].others_max = owner.capacity;
  }
  owner.level = owner.capacity;
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
  const absl::Span<const int32_t> links = LinksOf(flow);
  for (size_t i = 0; i < links.size(); ++i) {
    LinkState& link = links_[Index(links[i])];
    LeaveList(link, Index(places_[Index(flow.first) + i]));
    if (open) {
      --link.open;
    } else {
      link.load -= rate_now;
    }
    if (link.flows.empty()) {
      link.busy += now - link.busy_since;
      link.others_max = 0;
      link.clock = 0;
    } else {
      TouchRaised(link, links[i]);
    }
  }
  if (flow.capped) free_private_links_.push_back(links.back());
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
  SwapOnLink(state, place, Index(state.members));
  ++state.members;
}

// Ends the membership of a flow; its due is on the owner's clock still.
void MaxMinSolver::LeaveOwner(FlowId id) {
  Flow& flow = flows_[Index(id)];
  LinkState& owner = links_[Index(flow.owner)];
  const absl::Span<const int32_t> links = LinksOf(flow);
  const auto hop = std::find(links.begin(), links.end(), flow.owner) - links.begin();
  const int32_t place = places_[Index(flow.first) + static_cast<size_t>(hop)];
  if (flow.due == owner.first_due) owner.first_left = true;
  --owner.members;
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

// Calls `change` with every link that a member of `link` crosses, `link` excepted.
template <typename Change>
void MaxMinSolver::ForOtherLinks(const LinkState& link, Change change) {
  LinkState* const links = links_.data();
  const int32_t* const crossed = crossed_.data();
  const OnLink* const members = link.flows.data();
  for (int32_t i = 0; i < link.members; ++i) {
    const OnLink member = members[i];
    for (int32_t c = member.first; c < member.first + member.hops; ++c) {
      if (c != member.crossing) change(links[crossed[c]], crossed[c]);
    }
  }
}

void MaxMinSolver::Touch(int32_t link) {
  LinkState& state = links_[Index(link)];
  if (state.touched) return;
  state.touched = true;
  touched_.push_back(link);
}

// The level of `link` can only have become higher: if it is in levels_, that is no later than it
// should be; if not, it may rise from the level at which it holds its members.
void MaxMinSolver::TouchRaised(LinkState& state, int32_t link) {
  state.certain = false;
  if (state.step == Step::kNothing && state.members > 0) {
    Queue(link, {Step::kLook, state.level});
  }
}

// The next step as far as the link's counts tell, and a water level before which it is not due.
//
// The level of a link is the least w that is the share (rounded down) of its flows with ceilings of
// at least w: the one that progressive filling stops at. If only members and open flows have such
// ceilings it is known at once; else rounding makes it up to one unit per flow less than that.
MaxMinSolver::NextStep MaxMinSolver::Expect(const LinkState& link) const {
  const auto flows = static_cast<RateUnits>(link.flows.size());
  const bool holds = link.members > 0 && !link.rising;
  const RateUnits sharing = link.open + (holds ? link.members : 0);
  if (sharing == 0) {
    // Flows from other links may have filled it up; then it slows its fastest ones.
    if (link.load <= link.capacity) return {};
    return {Step::kLook, link.capacity / flows};
  }
  const RateUnits left = link.capacity - link.load + (holds ? link.level * link.members : 0);
  // Most links that come here rise: known without the division.
  if (holds && link.others_max <= link.level - flows &&
      left >= WorkUnits{link.level + 1} * sharing) {
    return {Step::kRelease, link.level};
  }
  const RateUnits level = left / sharing;
  if (sharing < flows && link.others_max >= level - flows) {
    return {Step::kLook, (holds ? std::min(level, link.level) : level) - flows};
  }
  if (holds && level > link.level) return {Step::kRelease, link.level};
  if (holds && level == link.level && link.open == 0) return {};
  return {Step::kBind, level};
}

// The next step for certain, after a look at the flows that are not members.
MaxMinSolver::NextStep MaxMinSolver::Look(LinkState& link) {
  RateUnits level = Expect(link).level;
  const bool holds = link.members > 0 && !link.rising;
  const size_t others = link.flows.size() - Index(link.members);
  ceilings_.resize(others);
  RateUnits others_max = 0;
  for (size_t i = 0; i < others; ++i) {
    const RateUnits ceiling = CeilingOf(flows_[Index(link.flows[Index(link.members) + i].flow)]);
    ceilings_[i] = ceiling;
    others_max = std::max(others_max, ceiling == kNoRate ? 0 : ceiling);
  }
  link.others_max = others_max;
  while (true) {
    RateUnits below = 0;
    RateUnits sharing = link.members;
    for (const RateUnits ceiling : ceilings_) {
      below += ceiling < level ? ceiling : 0;
      sharing += ceiling < level ? 0 : 1;
    }
    TESSERA_CHECK(sharing > 0);
    const RateUnits share = (link.capacity - below) / sharing;
    if (holds && share > link.level) return {Step::kRelease, link.level};
    if (share == level) break;
    TESSERA_CHECK(share > level);
    level = share;
  }
  if (holds && level == link.level && link.open == 0) return {};
  return {Step::kBind, level};
}

void MaxMinSolver::Queue(int32_t link, NextStep next) {
  links_[Index(link)].step = next.step;
  links_[Index(link)].certain = next.step != Step::kLook;
  if (next.step == Step::kNothing) {
    levels_.Remove(link);
  } else {
    levels_.Set(link, next.level);
  }
}

void MaxMinSolver::QueueTouched() {
  for (const int32_t link : touched_) {
    LinkState& state = links_[Index(link)];
    state.touched = false;
    Queue(link, Expect(state));
  }
  touched_.clear();
}

void MaxMinSolver::Solve(Time now) {
  QueueTouched();
  while (!levels_.empty()) SettleLowest(now);
  for (const int32_t link : unwatched_) {
    if (links_[Index(link)].unwatched) WatchFinishes(link);
  }
  unwatched_.clear();
}

// Lets the water rise to the next level at which links bind, and binds them.
void MaxMinSolver::SettleLowest(Time now) {
  const RateUnits level = CollectBound();
  for (const int32_t link : bound_) Bind(link, level, now);
  for (const int32_t link : bound_) links_[Index(link)].bound = false;
  bound_.clear();
  QueueTouched();
}

// Frees the flows of links that rise from levels up to the next one at which links bind, and
// gathers all links that bind there. Returns that level.
RateUnits MaxMinSolver::CollectBound() {
  RateUnits water = kNoRate;
  while (!levels_.empty() && levels_.top_key() <= water) {
    const int32_t link = levels_.top();
    LinkState& state = links_[Index(link)];
    if (!state.certain) {
      const NextStep next = Expect(state);
      const bool due = next.step == Step::kLook && next.level <= levels_.top_key();
      Queue(link, due ? Look(state) : next);
      continue;
    }
    if (state.step == Step::kRelease) {
      Release(link);
      QueueTouched();
      continue;
    }
    water = levels_.top_key();
    Queue(link, {});
    if (!state.bound) bound_.push_back(link);
    state.bound = true;
  }
  return water;
}

// The members of `link`, whose level rises, may go faster: all their links work out anew.
void MaxMinSolver::Release(int32_t link) {
  LinkState& state = links_[Index(link)];
  const RateUnits level = state.level;
  state.rising = true;
  state.load -= level * state.members;
  state.open += state.members;
  Touch(link);
  ForOtherLinks(state, [&](LinkState& crossed, int32_t id) {
    crossed.load -= level;
    ++crossed.open;
    if (!crossed.touched) Touch(id);
  });
}

// Makes `level` the level of `link`: its members, its open and its faster flows go at that rate.
void MaxMinSolver::Bind(int32_t link, RateUnits level, Time now) {
  ++settled_links_;
  LinkState& state = links_[Index(link)];
  if (state.members > 0) MoveMembers(link, level);
  state.clock += WorkUntil(now, state.level - level);
  state.level = level;
  if (state.open > 0 || state.others_max > level) Capture(link, now);
  if (state.members == 0) {  // Another link of this level was first to take them.
    state.clock = 0;
    state.level = 0;
  }
  TESSERA_CHECK(state.open == 0 && state.load <= state.capacity);
  WatchFinishes(link);
}

// Charges the links that the members of `link` cross for their change of rate.
void MaxMinSolver::MoveMembers(int32_t link, RateUnits level) {
  LinkState& state = links_[Index(link)];
  if (state.rising) {
    state.load += level * state.members;
    state.open -= state.members;
    state.rising = false;
    ForOtherLinks(state, [&](LinkState& crossed, int32_t /*id*/) {
      crossed.load += level;
      --crossed.open;
      crossed.others_max = std::max(crossed.others_max, level);
      crossed.certain = false;  // It is in levels_ since it had an open flow.
    });
  } else if (level != state.level) {
    const RateUnits change = level - state.level;
    state.load += change * state.members;
    ForOtherLinks(state, [&](LinkState& crossed, int32_t id) {
      crossed.load += change;
      TouchRaised(crossed, id);
    });
  }
}

// Takes over the flows of `link` that are open or faster than its level.
void MaxMinSolver::Capture(int32_t link, Time now) {
  LinkState& state = links_[Index(link)];
  state.others_max = 0;
  for (size_t i = Index(state.members); i < state.flows.size(); ++i) {
    const FlowId id = state.flows[i].flow;
    Flow& flow = flows_[Index(id)];
    const RateUnits ceiling = CeilingOf(flow);
    if (ceiling <= state.level) {
      state.others_max = std::max(state.others_max, ceiling);
      continue;
    }
    SetRate(flow, state.level, link);
    if (flow.owner >= 0) {
      const WorkUnits clock = Clock(links_[Index(flow.owner)], now);
      LeaveOwner(id);
      flow.due -= clock;
    }
    flow.due += Clock(state, now);
    Join(link, i);
  }
}

// Charges the links of `flow` for its rate, which `by` sets.
void MaxMinSolver::SetRate(const Flow& flow, RateUnits level, int32_t by) {
  const RateUnits ceiling = CeilingOf(flow);
  const bool open = ceiling == kNoRate;
  for (const int32_t link : LinksOf(flow)) {
    LinkState& crossed = links_[Index(link)];
    crossed.load += open ? level : level - ceiling;
    crossed.open -= open ? 1 : 0;
    if (link == by) continue;
    crossed.others_max = std::max(crossed.others_max, level);
    TouchRaised(crossed, link);
  }
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
