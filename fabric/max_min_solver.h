// Max-min fair rates of flows that share links, kept up to date while flows come and go.
//
// Every flow crosses some links and has work left. Rates are max-min fair: a link's *level* is the
// rate of its fastest flows if the link is full, and every flow has a full link at whose level it
// runs (Bertsekas & Gallager, Data Networks, 6.5.2). A rate cap is a private link of the flow.
//
// A flow loads a link with its rate times its *coefficient* there, a positive whole number. Where
// traffic is sprayed, a link counts in units of its smallest share: a flow of which the link takes
// a third and one of which it takes all have the coefficients 1 and 3 on a capacity three times as
// large. A flow that stands for several alike has the coefficients of all of them together.
//
// Progressive filling from scratch would visit every flow. Instead a change starts from the links
// it touches and works through levels in ascending order (a water level that rises): a link whose
// level falls pulls its own flows down; one whose level rises frees its flows when the water
// reaches the old level; a link that comes out at its old level ends the ripple there. Links at
// lower levels than every changed one are never visited.
//
// Each flow is a *member* of one full link that holds it. Members of a link run at its level, so
// they share a clock: the work that the link has done per member. A flow is finished when its
// owner's clock reaches its due, whatever the level does in between; a change of level costs
// nothing per member but the loads of the other links that the member crosses.
//
// All arithmetic is on whole numbers (fabric/rate.h) and links of one level settle together, so the
// rates are a function of the present flows alone: equal to the last unit to progressive filling
// from scratch, whatever came before and in whatever order.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/indexed_heap.h"
#include "fabric/rate.h"

namespace tessera {

using FlowId = int32_t;

class MaxMinSolver {
 public:
  // Links are numbered by their place in `capacities`, all positive.
  explicit MaxMinSolver(absl::Span<const RateUnits> capacities);

  struct FlowSpec {
    WorkUnits work = 0;               // Positive.
    absl::Span<const int32_t> route;  // Not empty, no link twice.
    // On each link of the route; empty: 1 everywhere. The sum on a link stays below 2^31.
    absl::Span<const int32_t> coefficients = {};
    RateUnits cap = kNoRate;  // Of its rate; positive.
    uint64_t tag = 0;         // The caller's name for it.
  };
  // Adds a flow at `now`, which never goes back. Solve() before time goes on.
  FlowId Add(const FlowSpec& spec, Time now);
  void Remove(FlowId flow, Time now);

  // Makes rates max-min fair again after changes at `now`.
  void Solve(Time now);

  // When the next flow finishes; kNever without flows. A flow finishes at the first whole
  // picosecond at which less than 1/1024 ps of work is left, so that rounding of rates does not
  // tear apart what finishes together.
  static constexpr Time kNever = Time::max();
  Time next_finish() const { return finishes_.empty() ? kNever : finishes_.top_key(); }
  // Removes the flows that finish at `now` and appends their tags. Solve() after it.
  void TakeFinished(Time now, std::vector<uint64_t>& tags);

  RateUnits rate(FlowId flow) const;
  WorkUnits WorkLeft(FlowId flow, Time now) const;
  uint64_t tag(FlowId flow) const { return flows_[Index(flow)].tag; }
  // All flows, in the order of their ids.
  std::vector<FlowId> Flows() const;
  // Sum of the rates times coefficients on a link; at most its capacity after Solve().
  RateUnits load(int32_t link) const { return links_[Index(link)].load; }
  // Time with at least one flow on the link, up to `now`.
  Duration BusyTime(int32_t link, Time now) const;
  // Links whose level was worked out anew so far: the work done, for tests of locality.
  int64_t settled_links() const { return settled_links_; }

 private:
  struct Flow {
    WorkUnits due = 0;  // On the owner's clock; without an owner, the work left.
    uint64_t tag = 0;
    int32_t owner = -1;  // The full link whose member it is; -1: new.
    int32_t first = 0;   // Its crossings are those from here on ...
    int32_t hops = 0;    // ... so many. Zero: a free slot.
    bool capped = false;
  };
  // A flow in the list of a link; what its links are stands here so that a walk over the list need
  // not visit the flows.
  struct OnLink {
    FlowId flow = 0;
    int32_t first = 0;
    int32_t hops = 0;
    int32_t crossing = 0;  // The one that is on this link.
    // What the other one leads to, of two.
    int32_t other = 0;
    int32_t other_coefficient = 0;
  };
  struct Crossing {
    int32_t link = 0;
    int32_t coefficient = 1;
  };
  // What is to be done with a link once the water stands at a level.
  enum class Step : uint8_t { kNothing, kLook, kRelease, kBind };
  // Walks over members change the loads of many links: what they read is one cache line.
  struct alignas(64) LinkState {
    RateUnits capacity = 0;
    RateUnits load = 0;        // Of flows that are not open (open: rate being worked out).
    RateUnits level = 0;       // Rate of the members; 0: none.
    RateUnits others_max = 0;  // No flow that is neither member nor open is faster.
    int32_t members = 0;       // The first ones of `flows`.
    int32_t shared = 0;        // Coefficients of all flows, summed; ...
    int32_t held = 0;          // ... of the members ...
    int32_t open = 0;          // ... and of open flows, members included if they are.
    RateUnits next_level = 0;  // Its key in levels_, where it is as long as it has a step.
    bool rising = false;       // The members are open.
    bool touched = false;      // Among touched_.
    bool certain = false;      // `step` and its level in levels_ are what they will be.
    bool bound = false;        // Among bound_.
    bool unwatched = false;    // Among unwatched_.
    Step step = Step::kNothing;
    bool first_left = false;       // The member that was due first is none any more.
    WorkUnits clock = 0;           // Work done per member at time t is clock + level * t.
    WorkUnits first_due = kNoDue;  // Least due of the members.
    Time busy_since;
    Duration busy{};
    std::vector<OnLink> flows;
  };
  struct Ceiling {
    RateUnits rate = 0;
    RateUnits coefficient = 0;
  };
  struct NextStep {
    Step step = Step::kNothing;
    RateUnits level = 0;
  };
  static constexpr WorkUnits kNoDue = WorkUnits{INT64_MAX} << 62;

  static size_t Index(int32_t i) { return static_cast<size_t>(i); }
  static WorkUnits Clock(const LinkState& link, Time now);
  absl::Span<const Crossing> CrossingsOf(const Flow& flow) const {
    return absl::MakeConstSpan(&crossed_[Index(flow.first)], Index(flow.hops));
  }
  int32_t CoefficientOf(const OnLink& on_link) const {
    return crossed_[Index(on_link.crossing)].coefficient;
  }
  // What holds the flow: the level of its owner, or nothing while it is open.
  RateUnits CeilingOf(const Flow& flow) const {
    if (flow.owner < 0) return kNoRate;
    const LinkState& owner = links_[Index(flow.owner)];
    return owner.rising ? kNoRate : owner.level;
  }

  FlowId NewFlow(const FlowSpec& spec, Time now);
  int32_t NewPrivateLink(RateUnits cap);
  void Enter(FlowId id, int32_t crossing, Time now);
  void AddAlone(FlowId id, Time now);
  void Detach(FlowId id, Time now);
  void LeaveList(LinkState& link, size_t place);
  void SwapOnLink(LinkState& link, size_t a, size_t b);
  void Join(int32_t link, size_t place);
  void LeaveOwner(FlowId id);
  void Touch(int32_t link);
  void TouchRaised(LinkState& state, int32_t link);
  void TouchOpened(LinkState& state, int32_t link);
  // What the flows that share (members and open ones) may have.
  static RateUnits Left(const LinkState& link) {
    return link.capacity - link.load + (Holds(link) ? link.level * link.held : 0);
  }
  static bool ComesInTime(const LinkState& link);
  static bool StaysAbove(const LinkState& link, RateUnits level);
  static RateUnits Sharing(const LinkState& link) {
    return link.open + (Holds(link) ? link.held : 0);
  }
  static bool Holds(const LinkState& link) { return link.members > 0 && !link.rising; }
  template <typename Change>
  int64_t ForOtherLinks(const LinkState& link, Change go_on);
  void QueueTouched();
  void Queue(int32_t link, NextStep next);
  NextStep Expect(const LinkState& link) const;
  NextStep Look(LinkState& link);
  static RateUnits ShareAt(const LinkState& link, RateUnits level,
                           absl::Span<const Ceiling> others);
  void LookAgain(int32_t link);
  RateUnits CollectBound(Time now);
  bool RiseAlone(int32_t link, Time now);
  bool RaiseMembers(LinkState& link, RateUnits level);
  void SettleLowest(Time now);
  void Release(int32_t link);
  void Bind(int32_t link, RateUnits level, Time now);
  void MoveMembers(int32_t link, RateUnits level);
  void Capture(int32_t link, Time now);
  void SetRate(const Flow& flow, RateUnits level, int32_t by);
  void WatchFinishes(int32_t link);

  std::vector<LinkState> links_;
  std::vector<Flow> flows_;
  std::vector<Crossing> crossed_;  // The link of each crossing of a flow ...
  std::vector<int32_t> places_;    // ... and where the flow stands in that link's list.
  std::vector<std::vector<int32_t>> free_crossings_;  // First crossing of free blocks, by hops.
  std::vector<FlowId> free_flows_;
  std::vector<int32_t> free_private_links_;
  int64_t settled_links_ = 0;

  std::vector<int32_t> touched_;
  IndexedHeap<RateUnits> levels_;  // Links that have something to do, by level.
  RateUnits water_ = kNoRate;      // Where the water stands in levels_; kNoRate before it rises.
  std::vector<int32_t> bound_;
  IndexedHeap<Time> finishes_;      // Links by the first finish of a member.
  std::vector<int32_t> unwatched_;  // Links that lost members by finishing.
  std::vector<Ceiling> ceilings_;   // Scratch of Look.
};

}  // namespace tessera
