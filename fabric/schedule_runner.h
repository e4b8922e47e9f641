// Runs schedules as flows on links: which transfer may start, when it shares bandwidth, when it is
// over. Knows time only as what it is advanced to; the fabric drives it from the engine, or through
// a lone run without an engine.
//
// A transfer is ready when its last predecessor is over (a run's first ones: `start` after the
// run's). It waits its software latency and its route's head, shares bandwidth until its bytes are
// through, and is over one tail later. Without bytes it only waits; without a route (source and
// target are one vertex) it is over 1 ps after it is ready.
//
// Links may fail meanwhile (fabric/link_health.h): transfers take the ways that are open, or wait
// where they are with the bytes that have not left; a byte that is half through is sent again. The
// head that a transfer waits is that of the way it has when it is ready.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/calendar.h"
#include "fabric/link_health.h"
#include "fabric/link_use.h"
#include "fabric/max_min_solver.h"
#include "fabric/placement.h"

namespace tessera {

class ScheduleRunner {
 public:
  // `shares`: in how many shares each link is counted, so that transfers can take a fraction of
  // their rate of it; empty: 1 each.
  explicit ScheduleRunner(absl::Span<const RateUnits> capacities,
                          absl::Span<const int32_t> shares = {});

  // What a run is made of; all of it outlives the run.
  struct RunSpec {
    const PreparedSchedule* schedule = nullptr;
    absl::Span<const PairRoute> routes;
    TransferCosts costs;
  };
  // The last transfer into or out of `rank` of a run is over at `at`; kRunEnd: of the whole run.
  struct RankEnd {
    static constexpr int32_t kRunEnd = INT32_MAX;
    int32_t run = 0;
    int32_t rank = 0;
    Time at;
  };

  // Starts a run at a time not before any this object was advanced to. Returns its number.
  int32_t Start(const RunSpec& spec, Time at, std::vector<RankEnd>& ends);
  // When something next happens; Time::max() if nothing will.
  Time next();
  // Lets everything up to and including `until` happen. Appends the ends that became certain, which
  // lie at or after the time at which they did.
  void AdvanceTo(Time until, std::vector<RankEnd>& ends);
  // Frees the number of a run that is over.
  void Forget(int32_t run) { free_runs_.push_back(run); }

  // Before anything starts: links change as `health` says, which outlives this.
  void Watch(LinkHealth& health) { health_ = &health; }
  // Lets the next changes of the links happen, to whose time this was advanced.
  void ChangeLinks(std::vector<RankEnd>& ends);
  // Whether a transfer moves, or waits for a link that will come back: then what happens next
  // depends on the next change.
  bool FeelsChanges();
  // Transfers of a run that wait for a link, in order.
  std::vector<int32_t> StoppedTransfers(int32_t run) const;
  // So far: ways round that were taken, and transfers under way when a link of theirs went down.
  int64_t rerouted() const { return rerouted_; }
  int64_t stopped() const { return stopped_; }

  // Takes over the only run of `lone`, which was advanced to `now`; its `routes` here may number
  // the links differently. `lone` is of no use afterwards.
  int32_t Adopt(ScheduleRunner& lone, absl::Span<const PairRoute> routes, Time now);

  // Bytes of transfers that are through (of each its share, the sum rounded down; the number of
  // transfers likewise, rounded up), busy time up to `now`.
  LinkUse UseOf(int32_t link, Time now) const;
  int32_t unfinished(int32_t run) const { return runs_[static_cast<size_t>(run)].unfinished; }
  // Transfers of a run whose predecessors are not over yet, those that wait out a latency not
  // counted; in order.
  std::vector<int32_t> BlockedTransfers(int32_t run) const;
  // Transfers of a run that share bandwidth now, in order.
  std::vector<int32_t> SharingTransfers(int32_t run) const;

 private:
  struct TransferState {
    Time ready;           // Latest end of the predecessors that are over.
    int32_t pending = 0;  // Predecessors that are not.
  };
  struct RankState {
    Time end;
    int32_t left = 0;
  };
  struct Run {
    RunSpec spec;
    std::vector<TransferState> transfers;
    std::vector<RankState> ranks;
    int32_t unfinished = 0;
    Time end;
  };
  struct Item {
    int32_t run = 0;
    int32_t transfer = 0;
  };
  // What is left of a transfer that has been stopped or that goes another way than its pair.
  struct Rest {
    PairRoute route;
    Bytes bytes;
  };
  struct Stopped {
    Item item;
    Bytes bytes;  // Left.
  };

  static uint64_t TagOf(Item item) {
    return uint64_t{static_cast<uint32_t>(item.run)} << 32 | static_cast<uint32_t>(item.transfer);
  }
  static Item ItemOf(uint64_t tag) {
    return {static_cast<int32_t>(tag >> 32), static_cast<int32_t>(tag & UINT32_MAX)};
  }
  const Transfer& TransferOf(Item item) const;
  const PairRoute& UsualRoute(Item item) const;
  Rest TakeRest(Item item);
  bool TakeWay(Item item, Bytes left, PairRoute& route);
  void Enter(Item item, Bytes left, Time now, std::vector<RankEnd>& ends);
  void Stop(FlowId flow, Time now);
  void CountOnLinks(const PairRoute& route, Bytes bytes);

  int32_t NewRun();
  void Happen(Time now, std::vector<RankEnd>& ends);
  void Wait(Item item, Time ready);
  void Join(Item item, Time now, std::vector<RankEnd>& ends);
  void OnThrough(Item item, Time now, std::vector<RankEnd>& ends);
  void CountRank(Item item, int32_t rank, Time over, std::vector<RankEnd>& ends);

  MaxMinSolver solver_;
  Calendar<Item> joins_;
  std::vector<Run> runs_;
  std::vector<int32_t> free_runs_;
  std::vector<int32_t> shares_;     // Of each link; empty: 1 each.
  std::vector<Bytes> bytes_;        // Of each link, in shares.
  std::vector<int64_t> transfers_;  // Of each link, in shares.
  LinkHealth* health_ = nullptr;
  absl::flat_hash_map<uint64_t, Rest> rests_;  // By tag.
  std::vector<Stopped> stopped_transfers_;     // In the order in which they were stopped.
  int64_t rerouted_ = 0;
  int64_t stopped_ = 0;
  std::vector<uint64_t> through_;  // Scratch of Happen.
  std::vector<Item> joining_;
};

}  // namespace tessera
