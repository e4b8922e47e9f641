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
// Progressive filling from scratch would visit every flow. Instead every link has a condition of
// its own: its level is the least w that is the share, rounded down, of those of its flows that all
// their other links let go at w or faster, of what the others leave. Levels that meet it on every
// link are those of progressive filling, to the last unit. (Take two sets of levels that meet it
// and the least level at which they differ. Below it they agree, so the link that has it in one set
// sees the same slower flows in the other, has the same share, and must have the same level.) So
// links may settle one at a time and in any order until all meet it, and a change is felt only by
// links at higher levels than what changed. It ends: levels never fall below the least one to come,
// so the links that have that one keep it once they have settled, then those of the next, and so
// on. Settling the lowest level first is only the quickest way: nearly every link settles once.
//
// Each flow is a *member* of one link that holds it, one of the lowest level among its links.
// Members run at its level, so they share a clock: the work that the link has done per member. A
// flow is finished when its owner's clock reaches its due, whatever the level does in between; a
// change of level costs nothing per member but the loads of the other links that the member
// crosses.
//
// All arithmetic is on whole numbers (fabric/rate.h), so the rates are a function of the present
// flows alone, whatever came before and in whatever order.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
#include "fabric/indexed_heap.h"
#include "fabric/rate.h"
#include "fabric/urgency_queue.h"

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
  // From `now` on the link has this capacity, positive. Solve() after it.
  void SetCapacity(int32_t link, RateUnits capacity);

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
    int32_t owner = -1;  // The link whose member it is; -1: new.
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
  // What walks over the members of other links read and change: one cache line.
  struct alignas(64) LinkState {
    RateUnits load = 0;         // Of flows that have an owner.
    RateUnits level = kNoRate;  // Rate of the members; kNoRate: it has none.
    RateUnits others_max = 0;   // No flow that another link owns is faster.
    RateUnits capacity = 0;
    int32_t members = 0;     // The first ones of the roster.
    int32_t held = 0;        // Coefficients of the members, summed; ...
    int32_t open = 0;        // ... of flows without an owner ...
    int32_t shared = 0;      // ... and of all flows.
    bool touched = false;    // Is to settle: among touched_ or in queue_.
    bool unwatched = false;  // Among unwatched_.
  };
  // The rest about a link: who is on it. What a flow that comes or goes needs is one cache line.
  struct alignas(64) Roster {
    std::vector<OnLink> flows;
    Time busy_since;
    Duration busy{};
    bool first_left = false;       // The member that was due first is none any more.
    WorkUnits clock = 0;           // Work done per member at time t is clock + level * t.
    WorkUnits first_due = kNoDue;  // Least due of the members.
  };
  // A flow that a link does not own, as Look finds it.
  struct Other {
    RateUnits ceiling = 0;
    int32_t coefficient = 0;
    int32_t place = 0;
  };
  static constexpr WorkUnits kNoDue = WorkUnits{INT64_MAX} << 62;

  static size_t Index(int32_t i) { return static_cast<size_t>(i); }
  WorkUnits Clock(int32_t link, Time now) const;
  absl::Span<const Crossing> CrossingsOf(const Flow& flow) const {
    return absl::MakeConstSpan(&crossed_[Index(flow.first)], Index(flow.hops));
  }
  int32_t CoefficientOf(const OnLink& on_link) const {
    return crossed_[Index(on_link.crossing)].coefficient;
  }
  // The rate that its owner gives the flow; no limit without one.
  RateUnits CeilingOf(const Flow& flow) const {
    return flow.owner < 0 ? kNoRate : links_[Index(flow.owner)].level;
  }
  template <typename Change>
  void ForOtherLinks(const OnLink& flow, Change change);

  // Flows come and go.
  void GrowTo(size_t links);
  FlowId NewFlow(const FlowSpec& spec, Time now);
  int32_t NewPrivateLink(RateUnits cap);
  void AddAlone(FlowId id, Time now);
  void Detach(FlowId id, Time now);

  // Who is on a link, and who of them is a member.
  void Enter(FlowId id, int32_t crossing, Time now);
  void LeaveList(int32_t link, size_t place, Time now);
  void SwapOnLink(int32_t link, size_t a, size_t b);
  int32_t CrossingOn(const Flow& flow, int32_t link) const;
  void Join(int32_t link, size_t place);
  void LeaveOwner(FlowId id);
  void MoveTo(int32_t link, FlowId id, Time now);
  void ChangeRate(const Flow& flow, int32_t by);
  void Unwatch(int32_t link);
  void WatchFinishes(int32_t link);

  // Levels.
  static RateUnits Sharing(const LinkState& link) { return link.open + link.held; }
  // What the flows that share (members and those without an owner) may have.
  static RateUnits Left(const LinkState& link) {
    return link.capacity - link.load + (link.members > 0 ? link.level * link.held : 0);
  }
  static float Urgency(const LinkState& link);
  // Its flows or its load have changed: puts it at `next` among touched_ unless it is there or is
  // not concerned (a link that holds nobody is only once it is full). Returns the next place. Walks
  // over members come here all the time and nobody can foresee the answer: no branches.
  static int32_t* Touch(LinkState& state, int32_t link, int32_t* next) {
    const bool concerned =
        ((state.members | state.open) != 0) | (state.load + state.shared > state.capacity);
    const bool enters = !state.touched & concerned;
    *next = link;
    state.touched |= enters;
    return next + (enters ? 1 : 0);
  }
  void Touch(int32_t link) {
    int32_t* const first = touched_.data();
    touches_ = Touch(links_[Index(link)], link, first + touches_) - first;
  }
  void QueueTouched();
  void Settle(int32_t link, Time now);
  RateUnits LevelOf(int32_t link);
  RateUnits Look(int32_t link);
  RateUnits FindOthers(int32_t link, RateUnits least);
  RateUnits ShareAt(const LinkState& link, RateUnits level, RateUnits below) const;
  int32_t Tighter(const OnLink& member, RateUnits level);
  void GiveAway(int32_t link, RateUnits level, Time now);
  void Charge(int32_t link, RateUnits level);
  void SetLevel(int32_t link, RateUnits level, Time now);

  std::vector<LinkState> links_;
  std::vector<Roster> rosters_;  // Of each link.
  std::vector<Flow> flows_;
  std::vector<Crossing> crossed_;  // The link of each crossing of a flow ...
  std::vector<int32_t> places_;    // ... and where the flow stands in that link's list.
  std::vector<std::vector<int32_t>> free_crossings_;  // First crossing of free blocks, by hops.
  std::vector<FlowId> free_flows_;
  std::vector<int32_t> free_private_links_;
  int64_t settled_links_ = 0;
  bool capacities_change_ = false;

  // The first touches_ of these are to be queued; room for all links and one that does not enter.
  std::vector<int32_t> touched_;
  ptrdiff_t touches_ = 0;
  UrgencyQueue queue_;              // Links to settle.
  std::vector<Other> others_;       // Of the link that settles: flows that it takes over.
  IndexedHeap<Time> finishes_;      // Links by the first finish of a member.
  std::vector<int32_t> unwatched_;  // Links whose first finish may be another now.
};

}  // namespace tessera
