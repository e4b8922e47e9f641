#include "fabric/max_min_solver.h"

#include <algorithm>

#include "core/check.h"

namespace tessera {

MaxMinSolver::MaxMinSolver(absl::Span<const RateUnits> capacities) {
  GrowTo(capacities.size());
  for (size_t l = 0; l < capacities.size(); ++l) {
    TESSERA_CHECK(capacities[l] > 0);
    links_[l].capacity = capacities[l];
  }
}

void MaxMinSolver::GrowTo(size_t links) {
  links_.resize(links);
  rosters_.resize(links);
  touched_.resize(links + 1);
  finishes_.Resize(links);
}

FlowId MaxMinSolver::Add(const FlowSpec& spec, Time now) {
  const FlowId id = NewFlow(spec, now);
  const absl::Span<const Crossing> crossings = CrossingsOf(flows_[Index(id)]);
  bool alone = true;
  for (const Crossing& c : crossings) alone = alone && rosters_[Index(c.link)].flows.size() == 1;
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
  // Where a link of the route never gives more than the cap, the cap never binds.
  bool capped = spec.cap != kNoRate;
  for (size_t i = 0; i < spec.route.size() && capped && !capacities_change_; ++i) {
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

int32_t MaxMinSolver::NewPrivateLink(RateUnits cap) {
  if (free_private_links_.empty()) {
    free_private_links_.push_back(static_cast<int32_t>(links_.size()));
    GrowTo(links_.size() + 1);
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
  SetLevel(tightest, level, now);
  flow.due += Clock(tightest, now);
  Join(tightest, 0);
  WatchFinishes(tightest);
}

void MaxMinSolver::Remove(FlowId flow, Time now) {
  const int32_t owner = flows_[Index(flow)].owner;
  Detach(flow, now);
  if (owner >= 0) WatchFinishes(owner);
}

void MaxMinSolver::SetCapacity(int32_t link, RateUnits capacity) {
  TESSERA_CHECK(capacity > 0);
  capacities_change_ = true;
  links_[Index(link)].capacity = capacity;
  Touch(link);
}

RateUnits MaxMinSolver::rate(FlowId flow) const {
  const int32_t owner = flows_[Index(flow)].owner;
  return owner < 0 ? 0 : links_[Index(owner)].level;
}

WorkUnits MaxMinSolver::WorkLeft(FlowId flow, Time now) const {
  const Flow& f = flows_[Index(flow)];
  return f.owner < 0 ? f.due : f.due - Clock(f.owner, now);
}

std::vector<FlowId> MaxMinSolver::Flows() const {
  std::vector<FlowId> flows;
  for (size_t f = 0; f < flows_.size(); ++f) {
    if (flows_[f].hops > 0) flows.push_back(static_cast<FlowId>(f));
  }
  return flows;
}

Duration MaxMinSolver::BusyTime(int32_t link, Time now) const {
  const Roster& roster = rosters_[Index(link)];
  return roster.flows.empty() ? roster.busy : roster.busy + (now - roster.busy_since);
}

}  // namespace tessera
