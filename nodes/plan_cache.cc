#include "nodes/plan_cache.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/status_macros.h"

namespace tessera {

PlanCache::PlanCache(const Topology& topology, Software software)
    : topology_(topology),
      software_(std::move(software)),
      bandwidth_out_(topology.vertices().size()),
      bandwidth_in_(topology.vertices().size()) {
  for (const Link& link : topology.links()) {
    const auto rate = static_cast<double>(link.bandwidth.bytes_per_second());
    bandwidth_out_[static_cast<size_t>(link.source)] += rate;
    bandwidth_in_[static_cast<size_t>(link.target)] += rate;
  }
}

absl::StatusOr<const PreparedPlan*> PlanCache::Get(const Call& call,
                                                   absl::Span<const ChipId> chips) {
  const Key key(call.op, call.bytes.count(), call.matrix_number, ShapeOf(chips), call.fold);
  const auto found = shared_.find(key);
  if (found != shared_.end()) return found->second;
  TESSERA_ASSIGN_OR_RETURN(const PreparedPlan* prepared, Prepare(call, chips));
  if (prepared->member_of_switch.size() == static_cast<size_t>(prepared->plan.schedule->switches)) {
    shared_.emplace(key, prepared);
  }
  return prepared;
}

std::vector<VertexId> PlanCache::EndpointsOf(const PreparedPlan& prepared,
                                             absl::Span<const ChipId> chips) const {
  if (prepared.plan.endpoints.size() > chips.size() && prepared.member_of_switch.empty()) {
    return prepared.plan.endpoints;
  }
  std::vector<VertexId> endpoints(chips.begin(), chips.end());
  for (const int32_t member : prepared.member_of_switch) {
    const ChipId chip = chips[static_cast<size_t>(member)];
    const int node = topology_.vertices()[static_cast<size_t>(chip)].node;
    endpoints.push_back(topology_.reducing_switch(node));
  }
  return endpoints;
}

// Chips by position in their node, nodes numbered as they first appear.
int32_t PlanCache::ShapeOf(absl::Span<const ChipId> chips) {
  std::vector<int32_t> shape;
  shape.reserve(2 * chips.size());
  absl::flat_hash_map<int32_t, int32_t> number_of_node;
  for (const ChipId chip : chips) {
    const int32_t node = chip / topology_.chips_per_node();
    const auto next = static_cast<int32_t>(number_of_node.size());
    shape.push_back(number_of_node.try_emplace(node, next).first->second);
    shape.push_back(chip % topology_.chips_per_node());
  }
  const auto next = static_cast<int32_t>(shapes_.size());
  return shapes_.try_emplace(std::move(shape), next).first->second;
}

absl::StatusOr<CollectivePlan> PlanCache::Plan(const Call& call,
                                               absl::Span<const ChipId> chips) const {
  if (call.tokens != nullptr) {
    TESSERA_CHECK(call.fold == 1);  // Expert groups are whole in every fold.
    return PlanExchange(software_.exchange, *call.tokens, chips, topology_);
  }
  CollectiveRequest request = software_.defaults;
  request.op = call.op;
  request.bytes = call.bytes;
  request.ranks.assign(chips.begin(), chips.end());
  request.matrix.assign(call.matrix.begin(), call.matrix.end());
  request.fold = call.fold;
  return software_.library.Plan(request);
}

absl::StatusOr<const PreparedPlan*> PlanCache::Prepare(const Call& call,
                                                       absl::Span<const ChipId> chips) {
  PreparedPlan prepared;
  TESSERA_ASSIGN_OR_RETURN(prepared.plan, Plan(call, chips));
  const CollectivePlan& plan = prepared.plan;
  TESSERA_CHECK(plan.schedule->ranks == static_cast<int>(chips.size()));
  TESSERA_CHECK(std::equal(chips.begin(), chips.end(), plan.endpoints.begin()));
  prepared.bound = BoundOf(plan);
  ListPairs(prepared);
  if (!FindSwitches(chips, prepared)) prepared.member_of_switch.clear();
  plans_.push_back(std::move(prepared));
  return &plans_.back();
}

bool PlanCache::FindSwitches(absl::Span<const ChipId> chips, PreparedPlan& prepared) const {
  const std::vector<VertexId>& endpoints = prepared.plan.endpoints;
  for (size_t i = chips.size(); i < endpoints.size(); ++i) {
    const int32_t node = topology_.vertices()[static_cast<size_t>(endpoints[i])].node;
    if (node < 0 || topology_.reducing_switch(node) != endpoints[i]) return false;
    const auto member = std::find_if(chips.begin(), chips.end(), [&](ChipId chip) {
      return topology_.vertices()[static_cast<size_t>(chip)].node == node;
    });
    if (member == chips.end()) return false;
    prepared.member_of_switch.push_back(static_cast<int32_t>(member - chips.begin()));
  }
  return true;
}

void PlanCache::ListPairs(PreparedPlan& prepared) {
  const Schedule& schedule = *prepared.plan.schedule;
  absl::flat_hash_map<std::pair<int32_t, int32_t>, size_t> number;
  std::vector<bool> busy(static_cast<size_t>(schedule.ranks + schedule.switches));
  for (const Transfer& transfer : schedule.transfers) {
    const auto [entry, is_new] =
        number.try_emplace({transfer.source, transfer.target}, prepared.pairs.size());
    if (is_new) prepared.pairs.push_back({.source = transfer.source, .target = transfer.target});
    if (transfer.predecessor_count == 0) prepared.pairs[entry->second].first = true;
    busy[static_cast<size_t>(transfer.source)] = true;
    busy[static_cast<size_t>(transfer.target)] = true;
  }
  prepared.has_idle_rank = std::find(busy.begin(), busy.begin() + schedule.ranks, false) !=
                           busy.begin() + schedule.ranks;
}

Duration PlanCache::BoundOf(const CollectivePlan& plan) const {
  std::vector<double> sent(plan.endpoints.size());
  std::vector<double> received(plan.endpoints.size());
  for (const Transfer& transfer : plan.schedule->transfers) {
    const auto source = static_cast<size_t>(transfer.source);
    const auto target = static_cast<size_t>(transfer.target);
    if (plan.endpoints[source] == plan.endpoints[target]) continue;
    sent[source] += static_cast<double>(transfer.bytes.count());
    received[target] += static_cast<double>(transfer.bytes.count());
  }
  double seconds = 0;
  for (size_t i = 0; i < plan.endpoints.size(); ++i) {
    const auto vertex = static_cast<size_t>(plan.endpoints[i]);
    if (sent[i] > 0) seconds = std::max(seconds, sent[i] / bandwidth_out_[vertex]);
    if (received[i] > 0) seconds = std::max(seconds, received[i] / bandwidth_in_[vertex]);
  }
  return Duration(static_cast<int64_t>(seconds * 1e12));
}

}  // namespace tessera
