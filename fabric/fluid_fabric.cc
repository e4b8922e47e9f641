#include "fabric/fluid_fabric.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/check.h"
#include "fabric/analytic_profile.h"

namespace tessera {
namespace {

std::vector<RateUnits> CapacitiesOf(const Topology& topology) {
  std::vector<RateUnits> capacities;
  capacities.reserve(topology.links().size());
  for (const Link& link : topology.links()) capacities.push_back(ToRateUnits(link.bandwidth));
  return capacities;
}

}  // namespace

FluidFabric::FluidFabric(Engine& engine, const Topology& topology, FluidOptions options)
    : engine_(engine),
      topology_(topology),
      options_(std::move(options)),
      id_(engine.Add(*this)),
      runner_(CapacitiesOf(topology), SharesOfLinks(topology)),
      claims_(topology.links().size()),
      adopted_use_(topology.links().size()),
      total_use_(topology.links().size()) {
  if (options_.faults.empty()) return;
  options_.replay = false;
  runner_.Watch(health_.emplace(topology, options_.faults));
}

FluidFabric::Placed& FluidFabric::Place(const Request& request) {
  std::unique_ptr<Known>& known = known_[request.schedule];
  if (known == nullptr) known = std::make_unique<Known>(*request.schedule);
  const auto place = known->placed.find(request.endpoints);
  if (place != known->placed.end()) return *place->second;
  placements_.push_back(std::make_unique<Placed>());
  Placed& placed = *placements_.back();
  placed.placement = std::make_unique<Placement>(known->prepared, topology_, request.endpoints);
  placed.analytic = IsAnalytic(*placed.placement);
  known->placed.emplace(std::vector<VertexId>(request.endpoints.begin(), request.endpoints.end()),
                        &placed);
  return placed;
}

// Whether the highest tier that it touches is analytic.
bool FluidFabric::IsAnalytic(const Placement& placement) const {
  int highest = -1;
  for (const LinkId link : placement.links()) {
    highest =
        std::max(highest, static_cast<int>(topology_.links()[static_cast<size_t>(link)].tier));
  }
  return highest >= 0 && options_.analytic[static_cast<size_t>(highest)];
}

int32_t FluidFabric::NewRun(const Request& request) {
  if (free_runs_.empty()) {
    free_runs_.push_back(static_cast<int32_t>(runs_.size()));
    runs_.emplace_back();
  }
  const int32_t slot = free_runs_.back();
  free_runs_.pop_back();
  Run& run = runs_[static_cast<size_t>(slot)];
  run.number = static_cast<uint64_t>(++counters_.runs);
  run.placed = &Place(request);
  run.costs = request.costs;
  run.start = request.begun.value_or(engine_.now());
  TESSERA_CHECK(run.start <= engine_.now());
  run.replay = nullptr;
  run.delivered_groups = 0;
  run.live = -1;
  run.rank_components.assign(request.rank_components.begin(), request.rank_components.end());
  run.done_kind = request.done_kind;
  run.done_payload = request.done_payload;
  TESSERA_CHECK(run.rank_components.size() == static_cast<size_t>(request.schedule->ranks));
  return slot;
}

void FluidFabric::Start(const Request& request) {
  AdvanceTo(engine_.now());
  const int32_t slot = NewRun(request);
  if (FreeLinks(*runs_[static_cast<size_t>(slot)].placed)) {
    StartReplay(slot);
  } else {
    ++counters_.live;
    StartLive(slot);
  }
  WakeInTime();
}

// Unfolds the replayed runs on the links of `placement`. True if nobody is there, then.
bool FluidFabric::FreeLinks(const Placed& placed) {
  if (placed.analytic) return true;
  bool free = options_.replay;
  for (const LinkId link : placed.placement->links()) {
    const Claim& claim = claims_[static_cast<size_t>(link)];
    if (claim.replayed >= 0) Unfold(claim.replayed);
    free = free && claim.live == 0;
  }
  return free;
}

void FluidFabric::MoveClaims(const Run& run, int32_t live, int32_t replayed) {
  if (run.placed->analytic) return;
  for (const LinkId link : run.placed->placement->links()) {
    Claim& claim = claims_[static_cast<size_t>(link)];
    claim.live += live;
    claim.replayed = replayed;
  }
}

FluidFabric::Replay& FluidFabric::ReplayOf(Placed& placed, const TransferCosts& costs) {
  for (const auto& replay : placed.replays) {
    if (replay->costs == costs) return *replay;
  }
  std::vector<int64_t> signature = placed.placement->Signature();
  for (const int64_t cost :
       {costs.start.count(), costs.per_transfer_scale_up.count(),
        costs.per_transfer_scale_out.count(), costs.rate_cap.bytes_per_second(),
        int64_t{costs.scale_up_stretch}, int64_t{costs.scale_out_stretch}}) {
    signature.push_back(cost);
  }
  signature.push_back(placed.analytic ? 1 : 0);
  Known& known = *known_[&placed.placement->schedule().schedule()];
  std::unique_ptr<Profile>& profile = known.profiles[signature];
  if (profile == nullptr) {
    ++counters_.simulated_alone;
    profile =
        std::make_unique<Profile>(placed.analytic ? MakeAnalyticProfile(*placed.placement, costs)
                                                  : MakeProfile(*placed.placement, costs));
  }
  placed.replays.push_back(
      std::make_unique<Replay>(Replay{.costs = costs, .profile = profile.get()}));
  return *placed.replays.back();
}

void FluidFabric::StartReplay(int32_t slot) {
  Run& run = runs_[static_cast<size_t>(slot)];
  run.replay = &ReplayOf(*run.placed, run.costs);
  MoveClaims(run, 0, slot);
  const std::vector<Profile::Group>& groups = run.replay->profile->groups;
  for (size_t g = 0; g < groups.size(); ++g) {
    PushEnd(run.start + groups[g].at,
            {.number = run.number, .slot = slot, .group = static_cast<int32_t>(g)});
  }
}

void FluidFabric::StartLive(int32_t slot) {
  Run& run = runs_[static_cast<size_t>(slot)];
  MoveClaims(run, +1, -1);
  run.live = runner_.Start({.schedule = &run.placed->placement->schedule(),
                            .routes = run.placed->placement->routes(),
                            .costs = run.costs},
                           run.start, ends_);
  slot_of_live_.resize(std::max(slot_of_live_.size(), static_cast<size_t>(run.live) + 1));
  slot_of_live_[static_cast<size_t>(run.live)] = slot;
  TakeLiveEnds();
}

// Simulates a replayed run alone up to now and lets it go on among the live ones.
void FluidFabric::Unfold(int32_t slot) {
  Run& run = runs_[static_cast<size_t>(slot)];
  const Placement& placement = *run.placed->placement;
  const Time now = engine_.now();
  ++counters_.unfolded;
  ScheduleRunner lone(placement.capacities(), placement.shares());
  std::vector<RankEnd> ends;
  lone.Start(
      {.schedule = &placement.schedule(), .routes = placement.local_routes(), .costs = run.costs},
      run.start, ends);
  lone.AdvanceTo(now, ends);
  for (size_t l = 0; l < placement.links().size(); ++l) {
    adopted_use_[static_cast<size_t>(placement.links()[l])] +=
        lone.UseOf(static_cast<int32_t>(l), now);
  }
  const std::vector<Profile::Group>& groups = run.replay->profile->groups;
  const Time delivered = run.delivered_groups == 0
                             ? Time(Duration(-1))
                             : run.start + groups[run.delivered_groups - 1].at;
  MoveClaims(run, +1, -1);
  run.replay = nullptr;
  run.live = runner_.Adopt(lone, placement.routes(), now);
  slot_of_live_.resize(std::max(slot_of_live_.size(), static_cast<size_t>(run.live) + 1));
  slot_of_live_[static_cast<size_t>(run.live)] = slot;
  for (RankEnd& end : ends) {
    if (end.at <= delivered) continue;
    end.run = run.live;
    ends_.push_back(end);
  }
  TakeLiveEnds();
}

// Lets all happen up to and including `now`; what ends when a link changes ends first.
void FluidFabric::AdvanceTo(Time now) {
  while (health_.has_value() && health_->next() <= now) {
    runner_.AdvanceTo(health_->next(), ends_);
    runner_.ChangeLinks(ends_);
    counters_.rerouted = runner_.rerouted();
    counters_.stopped = runner_.stopped();
  }
  runner_.AdvanceTo(now, ends_);
  TakeLiveEnds();
}

void FluidFabric::TakeLiveEnds() {
  for (const RankEnd& end : ends_) {
    const int32_t slot = slot_of_live_[static_cast<size_t>(end.run)];
    PushEnd(end.at,
            {.number = runs_[static_cast<size_t>(slot)].number, .slot = slot, .rank = end.rank});
  }
  ends_.clear();
}

void FluidFabric::OnEvent(const Event& event, Engine& /*engine*/) {
  TESSERA_CHECK(!wakes_.empty() && wakes_.front() == event.time);
  std::pop_heap(wakes_.begin(), wakes_.end(), std::greater<>());
  wakes_.pop_back();
  AdvanceTo(event.time);
  while (deliveries_.next() <= event.time) DeliverDue();
  WakeInTime();
}

// Delivers the ends of the first time in the order of (run, rank).
void FluidFabric::DeliverDue() {
  deliveries_now_.clear();
  deliveries_.TakeNext(deliveries_now_);
  due_.clear();
  for (const Delivery& delivery : deliveries_now_) Expand(delivery);
  const auto earlier = [](const Due& a, const Due& b) {
    return a.number != b.number ? a.number < b.number : a.rank < b.rank;
  };
  if (!std::is_sorted(due_.begin(), due_.end(), earlier)) {
    std::sort(due_.begin(), due_.end(), earlier);
  }
  for (const Due& due : due_) Deliver(due.slot, due.rank);
}

// Lists the ends that a delivery stands for; none if its run has unfolded or is over.
void FluidFabric::Expand(const Delivery& delivery) {
  Run& run = runs_[static_cast<size_t>(delivery.slot)];
  if (run.number != delivery.number) return;
  if (delivery.group < 0) {
    due_.push_back({delivery.number, delivery.slot, delivery.rank});
    return;
  }
  if (run.replay == nullptr) return;
  const Profile& profile = *run.replay->profile;
  const Profile::Group& group = profile.groups[static_cast<size_t>(delivery.group)];
  run.delivered_groups = static_cast<size_t>(delivery.group) + 1;
  for (int32_t i = group.first; i < group.first + group.count; ++i) {
    due_.push_back({delivery.number, delivery.slot, profile.ranks[static_cast<size_t>(i)]});
  }
}

void FluidFabric::Deliver(int32_t slot, int32_t rank) {
  if (rank == RankEnd::kRunEnd) {
    Finish(slot);
    return;
  }
  const Run& run = runs_[static_cast<size_t>(slot)];
  engine_.Send(id_, engine_.now(), run.rank_components[static_cast<size_t>(rank)], run.done_kind,
               run.done_payload);
}

void FluidFabric::Finish(int32_t slot) {
  Run& run = runs_[static_cast<size_t>(slot)];
  if (run.replay != nullptr) {
    ++run.replay->completed;
    ++counters_.replayed;
    MoveClaims(run, 0, -1);
  } else {
    runner_.Forget(run.live);
    MoveClaims(run, -1, -1);
  }
  run.number = 0;
  free_runs_.push_back(slot);
}

// Makes sure that an event comes no later than the next thing to do.
void FluidFabric::WakeInTime() {
  Time next = std::min(runner_.next(), deliveries_.next());
  if (health_.has_value() && runner_.FeelsChanges()) next = std::min(next, health_->next());
  if (next == Time::max() || (!wakes_.empty() && wakes_.front() <= next)) return;
  engine_.Send(id_, next, id_, 0, 0);
  wakes_.push_back(next);
  std::push_heap(wakes_.begin(), wakes_.end(), std::greater<>());
}

std::unique_ptr<Fabric> MakeFluidFabric(Engine& engine, const Topology& topology,
                                        const FluidOptions& options) {
  return std::make_unique<FluidFabric>(engine, topology, options);
}

Duration IsolatedTime(const Topology& topology, const Fabric::Request& request) {
  const PreparedSchedule prepared(*request.schedule);
  const Placement placement(prepared, topology, request.endpoints);
  const Profile profile = MakeProfile(placement, request.costs);
  Duration latest{};
  for (const Profile::Group& group : profile.groups) {
    const bool ranks = group.count > 1 || profile.ranks[static_cast<size_t>(group.first)] !=
                                              ScheduleRunner::RankEnd::kRunEnd;
    if (ranks) latest = group.at;
  }
  return latest;
}

}  // namespace tessera
