// Max-min fair rates of flows that share links, kept up to date while flows come and go.
//
// Every flow crosses some links and has work left. Rates are max-min fair: a link's *level* is the
// rate of its fastest flows if the link is full, and every flow has a full link at whose level it
// runs (Bertsekas & Gallager, Data Networks, 6.5.2). A rate cap is a private link of the flow.
//
// Progressive filling from scratch would visit every flow. Instead a change starts from the links
// it touches and works through levels in ascending order (a water level that rises): a link whose
// level falls pulls its own flows down; one whose level rises frees its flows when the water
// reaches the old level; a link that comes out at its old level ends the ripple there. Links at
// lower levels than every changed one are never visited.
//
// All arithmetic is on whole numbers (fabric/rate.h) and links of one level settle together, so the
// rates are a function of the present flows alone: equal to the last unit to progressive filling
// from scratch, whatever came before and in whatever order.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "core/units.h"
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
    RateUnits cap = kNoRate;          // Positive.
    uint64_t tag = 0;                 // The caller's name for it.
  };
  // Adds a flow at `now`, which never goes back. Solve() before time goes on.
  FlowId Add(const FlowSpec& spec, Time now);
  void Remove(FlowId flow, Time now);

  // Makes rates max-min fair again after changes at `now`.
  void Solve(Time now);

  // When the next flow may finish; kNever without flows. A flow finishes at the first whole
  // picosecond at which less than 1/1024 ps of work is left, so that rounding of rates does not
  // tear apart what finishes together.
  static constexpr Time kNever = Time::max();
  Time next_finish();
  // Removes the flows that finish at `now` and appends their tags. Solve() after it.
  void TakeFinished(Time now, std::vector<uint64_t>& tags);

  RateUnits rate(FlowId flow) const { return flows_[Index(flow)].rate; }
  WorkUnits WorkLeft(FlowId flow, Time now) const;
  uint64_t tag(FlowId flow) const { return flows_[Index(flow)].tag; }
  // Flows on a link, in no particular order.
  absl::Span<const FlowId> FlowsOn(int32_t link) const { return links_[Index(link)].flows; }
  // Sum of the rates on a link; at most its capacity after Solve().
  RateUnits load(int32_t link) const { return links_[Index(link)].load; }
  // Time with at least one flow on the link, up to `now`.
  Duration BusyTime(int32_t link, Time now) const;
  // All flows, in the order of their ids.
  std::vector<FlowId> Flows() const;
  // Links whose level was worked out anew so far: the work done, for tests of locality.
  int64_t settled_links() const { return settled_links_; }

 private:
  // Rounding down leaves a link up to one unit per flow; flows closer than this (4 byte/s) to a
  // link's level may belong to it. More than the flows of any link.
  static constexpr RateUnits kNear = RateUnits{1} << 20;

  // One link of a flow's route and where the flow stands in that link's list.
  struct Crossing {
    int32_t link = 0;
    int32_t place = 0;
  };
  struct Flow {
    // Work left at time t is due - rate * t, so due / rate is when it finishes.
    WorkUnits due = 0;
    RateUnits rate = 0;  // While open: its last rate.
    uint64_t tag = 0;
    int32_t owner = -1;  // The full link that watches for its finish.
    int32_t first_crossing = 0;
    int32_t hops = 0;  // Zero: a free slot.
    bool capped = false;
  };
  // What is to be done with a link once the water stands at a level.
  enum class Step : uint8_t { kLook, kNothing, kRelease, kBind };
  struct LinkState {
    RateUnits capacity = 0;
    RateUnits load = 0;         // Of flows that are not open.
    RateUnits level = kNoRate;  // Of the link's fastest flows if it is full.
    int32_t at_level = 0;       // Flows at that level.
    int32_t near_level = 0;     // Flows less than kNear below it.
    int32_t open = 0;           // Flows whose rate is being worked out.
    Step step = Step::kLook;    // Next, at `step_level`; kLook: not known yet.
    bool touched = false;       // Among touched_.
    bool bound = false;         // Among bound_.
    bool refresh = false;       // Among stale_finishes_.
    RateUnits step_level = 0;
    RateUnits queued = kNoRate;  // Its place in levels_.
    Time next_finish = kNever;   // Earliest of the flows it owns; may be too early.
    Time busy_since;
    Duration busy{};
    std::vector<FlowId> flows;

    // A flow of this rate that is not open comes or goes.
    void Count(RateUnits rate, int32_t sign) {
      load += sign * rate;
      if (rate == level) {
        at_level += sign;
        if (at_level == 0) {
          level = kNoRate;
          near_level = 0;
        }
      } else if (rate >= level - kNear) {
        near_level += sign;
      }
    }
  };
  struct NextStep {
    Step step = Step::kNothing;
    RateUnits level = kNoRate;
  };
  struct Level {
    RateUnits level = 0;
    int32_t link = 0;
  };
  struct Finish {
    Time time;
    int32_t link = 0;
  };

  static size_t Index(int32_t i) { return static_cast<size_t>(i); }
  absl::Span<Crossing> CrossingsOf(const Flow& flow) {
    return absl::MakeSpan(crossings_).subspan(Index(flow.first_crossing), Index(flow.hops));
  }

  FlowId NewFlow(const FlowSpec& spec, Time now);
  int32_t NewPrivateLink(RateUnits cap);
  void AddAlone(FlowId id, Time now);
  void Detach(FlowId id, Time now);
  void Touch(int32_t link);
  void QueueTouched();
  void Queue(int32_t link, NextStep next);
  int32_t PopLowest();
  RateUnits LowerBound(const LinkState& link) const;
  NextStep Expect(const LinkState& link) const;
  NextStep Look(const LinkState& link) const;
  RateUnits CollectBound();
  void SettleLowest(Time now);
  void OpenFlowsAtLevel(int32_t link);
  void Bind(int32_t link, RateUnits level, Time now);
  void SetRate(FlowId id, RateUnits level, Time now);
  void WatchFinishes(int32_t link);

  std::vector<LinkState> links_;
  std::vector<Flow> flows_;
  std::vector<RateUnits> ceilings_;  // Of each flow: its rate, or kNoRate while it is open.
  std::vector<Crossing> crossings_;
  std::vector<std::vector<int32_t>> free_crossings_;  // First crossing of free blocks, by hops.
  std::vector<FlowId> free_flows_;
  std::vector<int32_t> free_private_links_;
  int64_t settled_links_ = 0;

  std::vector<int32_t> touched_;
  std::vector<Level> levels_;  // Heap of links to settle, lowest level first.
  std::vector<int32_t> bound_;
  std::vector<Finish> finishes_;  // Heap, earliest first; stale entries are skipped.
  std::vector<int32_t> stale_finishes_;
};

}  // namespace tessera
