// The fluid fabric: decides which runs are replayed and which share links live. See fabric.h.
//
// Every run claims the links that it may ever use. A run whose links are free is replayed from its
// profile. When a new run wants a link of a replayed one, the latter unfolds: it is simulated alone
// up to now and its flows join the live ones. Rates are exact functions of the present flows
// (fabric/max_min_solver.h), so nobody can tell the difference.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/types/span.h"
#include "fabric/calendar.h"
#include "fabric/fabric.h"
#include "fabric/placement.h"
#include "fabric/profile.h"
#include "fabric/schedule_runner.h"

namespace tessera {

class FluidFabric : public Fabric, public Component {
 public:
  FluidFabric(Engine& engine, const Topology& topology, FluidOptions options);

  void Start(const Request& request) override;
  absl::Span<const LinkUse> link_use() override;
  std::string DescribeUnfinished() const override;
  const Counters& counters() const override { return counters_; }
  void OnEvent(const Event& event, Engine& engine) override;

 private:
  using RankEnd = ScheduleRunner::RankEnd;

  // A profile at one placement, and how often it was replayed to its end there.
  struct Replay {
    TransferCosts costs;
    const Profile* profile = nullptr;
    int64_t completed = 0;
  };
  struct Placed {
    std::unique_ptr<Placement> placement;
    bool analytic = false;                         // Claims no links and is always replayed.
    std::vector<std::unique_ptr<Replay>> replays;  // One per distinct costs.
  };
  // Look-up by a span, so that a start of a known kind allocates nothing.
  struct HashVertices {
    using is_transparent = void;
    size_t operator()(absl::Span<const VertexId> v) const { return absl::HashOf(v); }
  };
  struct EqualVertices {
    using is_transparent = void;
    bool operator()(absl::Span<const VertexId> a, absl::Span<const VertexId> b) const {
      return a == b;
    }
  };
  // Everything known about one schedule.
  struct Known {
    explicit Known(const Schedule& schedule) : prepared(schedule) {}
    PreparedSchedule prepared;
    absl::flat_hash_map<std::vector<VertexId>, Placed*, HashVertices, EqualVertices> placed;
    // By the signature of the placement and the costs.
    absl::flat_hash_map<std::vector<int64_t>, std::unique_ptr<Profile>> profiles;
  };
  struct Run {
    uint64_t number = 0;  // In order of start; 0: a free slot.
    Placed* placed = nullptr;
    TransferCosts costs;
    Replay* replay = nullptr;  // Null: live.
    Time start;
    size_t delivered_groups = 0;  // Of a replay.
    int32_t live = -1;            // Number at the runner.
    std::vector<ComponentId> rank_components;
    uint32_t done_kind = 0;
    uint64_t done_payload = 0;
  };
  // An end to deliver: of one rank of a live run, or of a group of a replayed one.
  struct Delivery {
    uint64_t number = 0;  // Of the run, to recognise what is out of date.
    int32_t slot = 0;
    int32_t rank = -1;   // Live.
    int32_t group = -1;  // Replayed.
  };
  // An end that is due now.
  struct Due {
    uint64_t number = 0;
    int32_t slot = 0;
    int32_t rank = 0;
  };
  struct Claim {
    int32_t live = 0;       // Live runs on the link.
    int32_t replayed = -1;  // Slot of the replayed run on it.
  };

  Placed& Place(const Request& request);
  int32_t NewRun(const Request& request);
  bool IsAnalytic(const Placement& placement) const;
  bool FreeLinks(const Placed& placed);
  void StartReplay(int32_t slot);
  void StartLive(int32_t slot);
  void Unfold(int32_t slot);
  Replay& ReplayOf(Placed& placed, const TransferCosts& costs);
  void MoveClaims(const Run& run, int32_t live, int32_t replayed);
  void AdvanceTo(Time now);
  void TakeLiveEnds();
  // Tells of an end at `at`, `notice` before.
  void PushEnd(Time at, const Delivery& delivery) {
    deliveries_.Push(std::max(at - options_.notice, engine_.now()), delivery);
  }
  void DeliverDue();
  void Expand(const Delivery& delivery);
  void Deliver(int32_t slot, int32_t rank);
  void Finish(int32_t slot);
  void WakeInTime();
  std::string DescribeRun(const Run& run) const;

  Engine& engine_;
  const Topology& topology_;
  FluidOptions options_;
  ComponentId id_;
  ScheduleRunner runner_;
  std::optional<LinkHealth> health_;  // None: no link ever fails.
  absl::flat_hash_map<const Schedule*, std::unique_ptr<Known>> known_;
  std::vector<std::unique_ptr<Placed>> placements_;  // In order of first use.
  std::vector<Claim> claims_;                        // Of each link.
  std::vector<Run> runs_;
  std::vector<int32_t> free_runs_;
  std::vector<int32_t> slot_of_live_;  // By number at the runner.
  Calendar<Delivery> deliveries_;
  std::vector<Time> wakes_;  // Heap of outstanding wake events, earliest first.
  std::vector<RankEnd> ends_;
  std::vector<Delivery> deliveries_now_;  // Scratch of DeliverDue.
  std::vector<Due> due_;
  std::vector<LinkUse> adopted_use_;  // Of unfolded runs before they unfolded, of each link.
  std::vector<LinkUse> total_use_;
  Counters counters_;
};

}  // namespace tessera
