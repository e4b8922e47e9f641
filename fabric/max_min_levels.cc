// What a link has to do next: the part of MaxMinSolver that reads the counts of one link.
#include <algorithm>

#include "core/check.h"
#include "fabric/max_min_solver.h"

namespace tessera {
namespace {

constexpr RateUnits kEarliness = 8;  // The share of the way of the water to it, inverted.

}  // namespace

// The next step as far as the link's counts tell, and a water level before which it is not due.
//
// The level of a link is the least w that is the share (rounded down) of its flows with ceilings of
// at least w: the one that progressive filling stops at. If only members and open flows have such
// ceilings it is known at once; else rounding makes it less than that by up to the sum of all
// coefficients.
MaxMinSolver::NextStep MaxMinSolver::Expect(const LinkState& link) const {
  const RateUnits flows = link.shared;
  const bool holds = Holds(link);
  const RateUnits sharing = Sharing(link);
  if (sharing == 0) {
    // Flows from other links may have filled it up; then it slows its fastest ones.
    if (link.load <= link.capacity) return {};
    return {Step::kLook, link.capacity / flows};
  }
  const RateUnits left = Left(link);
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
  const bool holds = Holds(link);
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
    links_[Index(link)].next_level = next.level;
    levels_.Set(link, next.level);
  }
}

// A link whose place in levels_ moves while the water rises will move again: it takes one somewhat
// early, to stay there (kLook puts that right when the water comes).
void MaxMinSolver::QueueTouched() {
  for (const int32_t link : touched_) {
    LinkState& state = links_[Index(link)];
    state.touched = false;
    NextStep next = Expect(state);
    const bool again = state.step != Step::kNothing && next.step != Step::kNothing;
    if (again && next.level > water_)
      next = {Step::kLook, next.level - (next.level - water_) / kEarliness};
    Queue(link, next);
  }
  touched_.clear();
}

// Works out the next step of the first link in levels_ for certain if it is due now.
void MaxMinSolver::LookAgain(int32_t link) {
  LinkState& state = links_[Index(link)];
  const NextStep next = Expect(state);
  const bool due = next.step == Step::kLook && next.level <= levels_.top_key();
  Queue(link, due ? Look(state) : next);
}

}  // namespace tessera
