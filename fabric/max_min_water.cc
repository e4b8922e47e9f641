// How levels find their place after a change: the part of MaxMinSolver that lets the water rise and
// charges links for what changes on others.
#include <algorithm>

#include "core/check.h"
#include "fabric/max_min_solver.h"

namespace tessera {

// Calls `go_on` with every link that a member of `link` crosses, `link` excepted, its number and
// the coefficient there, until it returns false. Returns how often.
template <typename Change>
int64_t MaxMinSolver::ForOtherLinks(const LinkState& link, Change go_on) {
  LinkState* const links = links_.data();
  const Crossing* const crossed = crossed_.data();
  const OnLink* const members = link.flows.data();
  int64_t calls = 0;
  for (int32_t i = 0; i < link.members; ++i) {
    const OnLink& member = members[i];
    if (member.hops == 2) {
      ++calls;
      if (!go_on(links[member.other], member.other, member.other_coefficient)) return calls;
      continue;
    }
    for (int32_t c = member.first; c < member.first + member.hops; ++c) {
      if (c == member.crossing) continue;
      ++calls;
      if (!go_on(links[crossed[c].link], crossed[c].link, crossed[c].coefficient)) return calls;
    }
  }
  return calls;
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

// Flows of `link` have become open, so that its level can only have become lower. Many links open
// flows of the same one: its key in levels_ stays if it is early enough.
void MaxMinSolver::TouchOpened(LinkState& state, int32_t link) {
  if (state.touched) return;
  if (!ComesInTime(state)) return Touch(link);
  state.certain = false;
}

// Whether Expect(link) is sure to give a level no less than the key of the link in levels_. No
// division: the share at the key is compared.
bool MaxMinSolver::ComesInTime(const LinkState& link) {
  if (link.step == Step::kNothing) return false;
  const RateUnits least = link.next_level + link.shared;
  if (Holds(link) && least > link.level) return false;
  return Left(link) >= WorkUnits{least} * Sharing(link);
}

// Whether the link has nothing to do before the water is higher than `level`.
bool MaxMinSolver::StaysAbove(const LinkState& link, RateUnits level) {
  const RateUnits sharing = Sharing(link);
  if (sharing == 0) return link.load <= link.capacity;
  const RateUnits least = level + 1 + link.shared;
  if (Holds(link) && least > link.level) return false;
  return Left(link) >= WorkUnits{least} * sharing;
}

void MaxMinSolver::Solve(Time now) {
  QueueTouched();
  while (!levels_.empty()) SettleLowest(now);
  water_ = kNoRate;
  for (const int32_t link : unwatched_) {
    if (links_[Index(link)].unwatched) WatchFinishes(link);
  }
  unwatched_.clear();
}

// Lets the water rise to the next level at which links bind, and binds them.
void MaxMinSolver::SettleLowest(Time now) {
  const RateUnits level = CollectBound(now);
  for (const int32_t link : bound_) Bind(link, level, now);
  for (const int32_t link : bound_) links_[Index(link)].bound = false;
  bound_.clear();
  QueueTouched();
}

// Frees the flows of links that rise from levels up to the next one at which links bind, and
// gathers all links that bind there. Returns that level.
RateUnits MaxMinSolver::CollectBound(Time now) {
  RateUnits water = kNoRate;
  while (!levels_.empty() && levels_.top_key() <= water) {
    const int32_t link = levels_.top();
    LinkState& state = links_[Index(link)];
    water_ = levels_.top_key();
    if (!state.certain) {
      LookAgain(link);
      continue;
    }
    if (state.step == Step::kRelease) {
      if (bound_.empty() && RiseAlone(link, now)) continue;
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

// Raises the level of `link`, which is first in levels_, at once if no other link has anything to
// do before the water is there: what Release and Bind would do in two walks. False if it is not so.
bool MaxMinSolver::RiseAlone(int32_t link, Time now) {
  LinkState& state = links_[Index(link)];
  if (state.open > 0) return false;
  const RateUnits level = Left(state) / state.held;
  if (state.held < state.shared && state.others_max >= level - state.shared) return false;
  Queue(link, {});
  while (!levels_.empty() && levels_.top_key() <= level && !links_[Index(levels_.top())].certain) {
    LookAgain(levels_.top());
  }
  const bool alone = levels_.empty() || levels_.top_key() > level;
  if (!alone || !RaiseMembers(state, level)) {
    Queue(link, {Step::kRelease, state.level});
    return false;
  }
  ++settled_links_;
  state.clock += WorkUnits{state.level - level} * now.time_since_epoch().count();
  state.level = level;
  WatchFinishes(link);
  water_ = level;
  QueueTouched();
  return true;
}

// Charges the links that the members of `link` cross for their rise to `level`, unless one of them
// would be full before.
bool MaxMinSolver::RaiseMembers(LinkState& link, RateUnits level) {
  const RateUnits change = level - link.level;
  bool fits = true;
  int64_t charged = ForOtherLinks(link, [&](LinkState& crossed, int32_t id, int32_t coefficient) {
    crossed.load += change * coefficient;
    crossed.others_max = std::max(crossed.others_max, level);
    if (!crossed.touched && ComesInTime(crossed)) {
      crossed.certain = false;
      return true;
    }
    fits = StaysAbove(crossed, level);
    if (Sharing(crossed) > 0) Touch(id);
    return fits;
  });
  if (fits) {
    link.load += change * link.held;
    return true;
  }
  ForOtherLinks(link, [&](LinkState& crossed, int32_t /*id*/, int32_t coefficient) {
    crossed.load -= change * coefficient;
    return --charged > 0;
  });
  return false;
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
    TouchOpened(crossed, id);
    return true;
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
      return true;
    });
  } else if (level != state.level) {
    const RateUnits change = level - state.level;
    state.load += change * state.held;
    ForOtherLinks(state, [&](LinkState& crossed, int32_t id, int32_t coefficient) {
      crossed.load += change * coefficient;
      TouchRaised(crossed, id);
      return true;
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
