// How levels find their place after a change: the part of MaxMinSolver between Touch and Solve.
#include <algorithm>

#include "core/check.h"
#include "fabric/max_min_solver.h"

namespace tessera {

// Calls `change` with every link that a member of `link` crosses, `link` excepted, its number and
// the coefficient there.
template <typename Change>
void MaxMinSolver::ForOtherLinks(const LinkState& link, Change change) {
  LinkState* const links = links_.data();
  const Crossing* const crossed = crossed_.data();
  const OnLink* const members = link.flows.data();
  for (int32_t i = 0; i < link.members; ++i) {
    const OnLink member = members[i];
    for (int32_t c = member.first; c < member.first + member.hops; ++c) {
      if (c == member.crossing) continue;
      change(links[crossed[c].link], crossed[c].link, crossed[c].coefficient);
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
// ceilings it is known at once; else rounding makes it less than that by up to the sum of all
// coefficients.
MaxMinSolver::NextStep MaxMinSolver::Expect(const LinkState& link) const {
  const RateUnits flows = link.shared;
  const bool holds = link.members > 0 && !link.rising;
  const RateUnits sharing = link.open + (holds ? link.held : 0);
  if (sharing == 0) {
    // Flows from other links may have filled it up; then it slows its fastest ones.
    if (link.load <= link.capacity) return {};
    return {Step::kLook, link.capacity / flows};
  }
  const RateUnits left = link.capacity - link.load + (holds ? link.level * link.held : 0);
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

// What each flow would get if the members and those of the others whose ceiling is at least `level`
// shared what the rest leaves.
RateUnits MaxMinSolver::ShareAt(const LinkState& link, RateUnits level,
                                absl::Span<const Ceiling> others) {
  RateUnits below = 0;
  RateUnits sharing = link.held;
  for (const Ceiling& other : others) {
    below += other.rate < level ? other.rate * other.coefficient : 0;
    sharing += other.rate < level ? 0 : other.coefficient;
  }
  TESSERA_CHECK(sharing > 0);
  return (link.capacity - below) / sharing;
}

// The next step for certain, after a look at the flows that are not members.
MaxMinSolver::NextStep MaxMinSolver::Look(LinkState& link) {
  RateUnits level = Expect(link).level;
  const bool holds = link.members > 0 && !link.rising;
  const size_t others = link.flows.size() - Index(link.members);
  ceilings_.resize(others);
  RateUnits others_max = 0;
  for (size_t i = 0; i < others; ++i) {
    const OnLink& other = link.flows[Index(link.members) + i];
    const RateUnits ceiling = CeilingOf(flows_[Index(other.flow)]);
    ceilings_[i] = {ceiling, CoefficientOf(other)};
    others_max = std::max(others_max, ceiling == kNoRate ? 0 : ceiling);
  }
  link.others_max = others_max;
  while (true) {
    const RateUnits share = ShareAt(link, level, ceilings_);
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
  state.load -= level * state.held;
  state.open += state.held;
  Touch(link);
  ForOtherLinks(state, [&](LinkState& crossed, int32_t id, int32_t coefficient) {
    crossed.load -= level * coefficient;
    crossed.open += coefficient;
    if (!crossed.touched) Touch(id);
  });
}

// Makes `level` the level of `link`: its members, its open and its faster flows go at that rate.
void MaxMinSolver::Bind(int32_t link, RateUnits level, Time now) {
  ++settled_links_;
  LinkState& state = links_[Index(link)];
  if (state.members > 0) MoveMembers(link, level);
  state.clock += WorkUnits{state.level - level} * now.time_since_epoch().count();
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
    state.load += level * state.held;
    state.open -= state.held;
    state.rising = false;
    ForOtherLinks(state, [&](LinkState& crossed, int32_t /*id*/, int32_t coefficient) {
      crossed.load += level * coefficient;
      crossed.open -= coefficient;
      crossed.others_max = std::max(crossed.others_max, level);
      crossed.certain = false;  // It is in levels_ since it had an open flow.
    });
  } else if (level != state.level) {
    const RateUnits change = level - state.level;
    state.load += change * state.held;
    ForOtherLinks(state, [&](LinkState& crossed, int32_t id, int32_t coefficient) {
      crossed.load += change * coefficient;
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
  for (const auto [link, coefficient] : CrossingsOf(flow)) {
    LinkState& crossed = links_[Index(link)];
    crossed.load += (open ? level : level - ceiling) * coefficient;
    crossed.open -= open ? coefficient : 0;
    if (link == by) continue;
    crossed.others_max = std::max(crossed.others_max, level);
    TouchRaised(crossed, link);
  }
}

}  // namespace tessera
