// How levels find their place after a change: the part of MaxMinSolver that settles links.
#include <algorithm>

#include "core/check.h"
#include "fabric/max_min_solver.h"

namespace tessera {

void MaxMinSolver::Solve(Time now) {
  QueueTouched();
  while (!queue_.empty()) {
    Settle(queue_.TakeFirst(), now);
    QueueTouched();
  }
  for (const int32_t link : unwatched_) {
    if (links_[Index(link)].unwatched) WatchFinishes(link);
  }
  unwatched_.clear();
}

// Low levels first: the present one, or what new flows may have. The order is only a matter of
// speed, so the 24 bits of a float will do, and it stays in the queue whatever becomes of it.
float MaxMinSolver::Urgency(const LinkState& link) {
  if (link.members > 0 && link.open == 0) return static_cast<float>(link.level);
  const RateUnits sharing = Sharing(link);
  if (sharing == 0) return static_cast<float>(link.capacity) / static_cast<float>(link.shared);
  return static_cast<float>(std::max<RateUnits>(Left(link), 0)) / static_cast<float>(sharing);
}

void MaxMinSolver::QueueTouched() {
  for (const int32_t link : absl::MakeConstSpan(touched_.data(), static_cast<size_t>(touches_))) {
    queue_.Push(Urgency(links_[Index(link)]), link);
  }
  touches_ = 0;
}

// Gives the link the level that the others leave it, and every flow of it the tightest of its links
// as owner.
void MaxMinSolver::Settle(int32_t link, Time now) {
  LinkState& state = links_[Index(link)];
  state.touched = false;
  const RateUnits level = LevelOf(link);
  if (level == kNoRate || (level == state.level && others_.empty())) return;
  ++settled_links_;
  Unwatch(link);
  if (state.members > 0 && level > state.level) GiveAway(link, level, now);
  if (state.members > 0 && level != state.level) Charge(link, level);
  if (state.members == 0 && others_.empty()) return;
  SetLevel(link, level, now);
  for (const Other& other : others_) {
    MoveTo(link, rosters_[Index(link)].flows[Index(other.place)].flow, now);
  }
  TESSERA_CHECK(state.open == 0);
}

// The level of a link as long as no member is slowed down by another, and in others_ the flows that
// it takes over at that level. kNoRate: it has none, as it is not full.
//
// It is known at once if only members and flows without an owner may be as fast; rounding makes it
// less than their share by up to the sum of all coefficients.
RateUnits MaxMinSolver::LevelOf(int32_t link) {
  const LinkState& state = links_[Index(link)];
  others_.clear();
  const RateUnits sharing = Sharing(state);
  if (sharing == 0) {
    if (state.load + state.shared <= state.capacity) return kNoRate;
    if (state.others_max <= state.capacity / state.shared) return kNoRate;
    const RateUnits level = Look(link);
    return others_.empty() ? kNoRate : level;
  }
  const RateUnits level = Left(state) / sharing;
  const bool known = state.open == 0 && (sharing == state.shared ||  //
                                         state.others_max < level - state.shared);
  return known ? level : Look(link);
}

// LevelOf by a look at all flows that are not members.
RateUnits MaxMinSolver::Look(int32_t link) {
  LinkState& state = links_[Index(link)];
  const RateUnits sharing = Sharing(state);
  RateUnits level = state.capacity / state.shared;
  if (sharing > 0) level = std::max(level, Left(state) / sharing - state.shared);
  const RateUnits below = FindOthers(link, level);
  for (RateUnits share = ShareAt(state, level, below); share != level && level != kNoRate;
       share = ShareAt(state, level, below)) {
    TESSERA_CHECK(share > level);
    level = share;
  }
  std::erase_if(others_, [&](const Other& other) {
    if (other.ceiling > level) return false;
    state.others_max = std::max(state.others_max, other.ceiling);
    return true;
  });
  return level;
}

// Lists in others_ the flows of `link` that are not members and have ceilings of at least `least`.
// Returns the load of the other ones.
RateUnits MaxMinSolver::FindOthers(int32_t link, RateUnits least) {
  LinkState& state = links_[Index(link)];
  const std::vector<OnLink>& flows = rosters_[Index(link)].flows;
  RateUnits below = state.capacity - Left(state);
  state.others_max = 0;
  for (size_t i = Index(state.members); i < flows.size(); ++i) {
    // Of two links that have one of them as owner, the other one is it.
    const bool by_other = flows[i].hops == 2 && state.open == 0;
    const RateUnits ceiling =
        by_other ? links_[Index(flows[i].other)].level : CeilingOf(flows_[Index(flows[i].flow)]);
    if (ceiling < least) {
      state.others_max = std::max(state.others_max, ceiling);
      continue;
    }
    others_.push_back({ceiling, CoefficientOf(flows[i]), static_cast<int32_t>(i)});
    if (ceiling != kNoRate) below -= ceiling * others_.back().coefficient;
  }
  return below;
}

// What each flow would get if the members and those of others_ whose ceiling is at least `level`
// shared what the slower ones and the load `below` of still slower ones leave. kNoRate: nobody is
// there to share it.
RateUnits MaxMinSolver::ShareAt(const LinkState& link, RateUnits level, RateUnits below) const {
  RateUnits left = link.capacity - below;
  RateUnits sharing = link.held;
  for (const Other& other : others_) {
    left -= other.ceiling < level ? other.ceiling * other.coefficient : 0;
    sharing += other.ceiling < level ? 0 : other.coefficient;
  }
  return sharing == 0 ? kNoRate : left / sharing;
}

// Calls `change` with every link that a flow crosses besides the one on whose list it is found, its
// number and the coefficient there.
template <typename Change>
void MaxMinSolver::ForOtherLinks(const OnLink& flow, Change change) {
  LinkState* const links = links_.data();
  if (flow.hops == 2) return change(links[flow.other], flow.other, flow.other_coefficient);
  const Crossing* const crossed = crossed_.data();
  for (int32_t c = flow.first; c < flow.first + flow.hops; ++c) {
    if (c != flow.crossing) change(links[crossed[c].link], crossed[c].link, crossed[c].coefficient);
  }
}

// The other link of the member at which it cannot go as fast as `level`, the tightest one; or -1.
int32_t MaxMinSolver::Tighter(const OnLink& member, RateUnits level) {
  int32_t tightest = -1;
  ForOtherLinks(member, [&](const LinkState& crossed, int32_t id, int32_t /*coefficient*/) {
    if (crossed.level >= level) return;
    level = crossed.level;
    tightest = id;
  });
  return tightest;
}

// Makes the members of `link` that cannot follow it up to `level` members of what is in their way.
// Both links have to settle once more then.
void MaxMinSolver::GiveAway(int32_t link, RateUnits level, Time now) {
  const OnLink* const members = rosters_[Index(link)].flows.data();
  for (int32_t i = links_[Index(link)].members; i-- > 0;) {
    const int32_t tighter = Tighter(members[i], level);
    if (tighter < 0) continue;
    MoveTo(tighter, members[i].flow, now);
    Touch(tighter);
  }
}

// Charges the links that the members of `link` cross for their change to `level`.
void MaxMinSolver::Charge(int32_t link, RateUnits level) {
  LinkState& state = links_[Index(link)];
  const RateUnits change = level - state.level;
  state.load += change * state.held;
  const OnLink* const members = rosters_[Index(link)].flows.data();
  const int32_t count = state.members;
  int32_t* next = touched_.data() + touches_;
  for (int32_t i = 0; i < count; ++i) {
    ForOtherLinks(members[i], [&](LinkState& crossed, int32_t id, int32_t coefficient) {
      crossed.load += change * coefficient;
      crossed.others_max = std::max(crossed.others_max, level);
      next = Touch(crossed, id, next);
    });
  }
  touches_ = next - touched_.data();
}

}  // namespace tessera
