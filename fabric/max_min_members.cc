// Who is on a link and which of them are its members: the part of MaxMinSolver that keeps the
// books.
#include <algorithm>
#include <utility>

#include "core/check.h"
#include "fabric/max_min_solver.h"

namespace tessera {

// Puts the flow in the list of the link of one of its crossings.
void MaxMinSolver::Enter(FlowId id, int32_t crossing, Time now) {
  const Crossing& c = crossed_[Index(crossing)];
  const Flow& flow = flows_[Index(id)];
  LinkState& state = links_[Index(c.link)];
  Roster& roster = rosters_[Index(c.link)];
  TESSERA_CHECK(c.coefficient > 0 && c.coefficient <= INT32_MAX - state.shared);
  if (roster.flows.empty()) roster.busy_since = now;
  state.shared += c.coefficient;
  places_[Index(crossing)] = static_cast<int32_t>(roster.flows.size());
  OnLink on_link = {.flow = id, .first = flow.first, .hops = flow.hops, .crossing = crossing};
  if (flow.hops == 2) {
    const Crossing& other = crossed_[Index(crossing == flow.first ? crossing + 1 : flow.first)];
    on_link.other = other.link;
    on_link.other_coefficient = other.coefficient;
  }
  roster.flows.push_back(on_link);
}

// Removes a flow that is not a member from the list.
void MaxMinSolver::LeaveList(int32_t link, size_t place, Time now) {
  Roster& roster = rosters_[Index(link)];
  SwapOnLink(link, place, roster.flows.size() - 1);
  roster.flows.pop_back();
  if (!roster.flows.empty()) return;
  roster.busy += now - roster.busy_since;
  links_[Index(link)].others_max = 0;
}

void MaxMinSolver::SwapOnLink(int32_t link, size_t a, size_t b) {
  if (a == b) return;
  std::vector<OnLink>& flows = rosters_[Index(link)].flows;
  std::swap(flows[a], flows[b]);
  places_[Index(flows[a].crossing)] = static_cast<int32_t>(a);
  places_[Index(flows[b].crossing)] = static_cast<int32_t>(b);
}

int32_t MaxMinSolver::CrossingOn(const Flow& flow, int32_t link) const {
  int32_t crossing = flow.first;
  while (crossed_[Index(crossing)].link != link) ++crossing;
  return crossing;
}

// Makes the flow at `place` of the list a member; its due is on this link's clock already.
void MaxMinSolver::Join(int32_t link, size_t place) {
  LinkState& state = links_[Index(link)];
  Roster& roster = rosters_[Index(link)];
  Flow& flow = flows_[Index(roster.flows[place].flow)];
  flow.owner = link;
  if (flow.due <= roster.first_due) {
    roster.first_due = flow.due;
    roster.first_left = false;
  }
  state.held += CoefficientOf(roster.flows[place]);
  SwapOnLink(link, place, Index(state.members));
  ++state.members;
}

// Ends the membership of a flow; its due is on the owner's clock still.
void MaxMinSolver::LeaveOwner(FlowId id) {
  Flow& flow = flows_[Index(id)];
  LinkState& owner = links_[Index(flow.owner)];
  Roster& roster = rosters_[Index(flow.owner)];
  const int32_t crossing = CrossingOn(flow, flow.owner);
  if (flow.due == roster.first_due) roster.first_left = true;
  --owner.members;
  owner.held -= crossed_[Index(crossing)].coefficient;
  SwapOnLink(flow.owner, Index(places_[Index(crossing)]), Index(owner.members));
  if (owner.members == 0) {
    owner.level = kNoRate;
    roster.clock = 0;
    roster.first_due = kNoDue;
    roster.first_left = false;
  }
  flow.owner = -1;
}

// Takes a flow off all its links.
void MaxMinSolver::Detach(FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  const RateUnits rate_now = rate(id);
  const bool open = flow.owner < 0;
  if (!open) LeaveOwner(id);
  const absl::Span<const Crossing> crossings = CrossingsOf(flow);
  for (size_t i = 0; i < crossings.size(); ++i) {
    const auto [number, coefficient] = crossings[i];
    LinkState& link = links_[Index(number)];
    LeaveList(number, Index(places_[Index(flow.first) + i]), now);
    link.shared -= coefficient;
    link.open -= open ? coefficient : 0;
    link.load -= rate_now * coefficient;
    Touch(number);
  }
  if (flow.capped) free_private_links_.push_back(crossings.back().link);
  free_crossings_[Index(flow.hops)].push_back(flow.first);
  flow.hops = 0;
  free_flows_.push_back(id);
}

// Makes the flow a member of `link`, at the level of which it goes on.
void MaxMinSolver::MoveTo(int32_t link, FlowId id, Time now) {
  Flow& flow = flows_[Index(id)];
  ChangeRate(flow, link);
  if (flow.owner >= 0) {
    const WorkUnits clock = Clock(flow.owner, now);
    Unwatch(flow.owner);
    LeaveOwner(id);
    flow.due -= clock;
  }
  flow.due += Clock(link, now);
  Join(link, Index(places_[Index(CrossingOn(flow, link))]));
  Unwatch(link);
}

// Charges the links of `flow` for the level of `by`, which is one of them and has touched itself.
void MaxMinSolver::ChangeRate(const Flow& flow, int32_t by) {
  const RateUnits level = links_[Index(by)].level;
  const bool open = flow.owner < 0;
  const RateUnits change = open ? level : level - CeilingOf(flow);
  for (const auto [link, coefficient] : CrossingsOf(flow)) {
    LinkState& crossed = links_[Index(link)];
    crossed.load += change * coefficient;
    crossed.open -= open ? coefficient : 0;
    if (link == by) continue;
    crossed.others_max = std::max(crossed.others_max, level);
    Touch(link);
  }
}

// Lets the level of a link be `level` from `now` on: its clock goes on from where it stands.
void MaxMinSolver::SetLevel(int32_t link, RateUnits level, Time now) {
  LinkState& state = links_[Index(link)];
  const RateUnits before = state.members > 0 ? state.level : 0;
  rosters_[Index(link)].clock -= WorkUnits{level - before} * now.time_since_epoch().count();
  state.level = level;
}

}  // namespace tessera
