// Links that fail while a run goes on: slow, down or flapping from a given time, and the ways that
// transfers take round those that are down.
//
// A *fault* takes a share of the rate of its links from `from` on, for `length`, and again every
// `every`. Of several on one link the worst counts. A link whose share is nothing is *down*: what
// is on it stops where it is. `reroute_after` later routes are *closed* there: transfers that stand
// still, and all that come, take a shortest way (fewest hops, equal ones by destination, as
// topology/routing.h) over links that are not closed, until the link is back. Where there is no
// such way, or the fault is not routed round, they wait for the link.
//
// A way round may pass through chips and NICs, as it would with forwarding in a node (NCCL's PXN).
// Bytes that have left the source are not lost: what a link held when it failed counts as arrived,
// so the repetition that a transport would need is not in it.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/units.h"
#include "fabric/placement.h"
#include "topology/topology.h"

namespace tessera {

struct LinkFault {
  static constexpr Duration kForever = Duration::max();

  std::vector<LinkId> links;
  Time from;
  Duration length = kForever;                          // Positive.
  Duration every{};                                    // Longer than `length`; zero: once.
  double share = 0;                                    // Of the rate that is left, in [0, 1).
  std::optional<Duration> reroute_after = Duration();  // Null: never.
};

// The share of its rate that a link keeps whose packets of 4 KiB are sent again, with all that
// followed, when a bit is wrong (go-back-N; Bertsekas & Gallager, Data Networks, 2.4.1): (1 - p) /
// (1 - p + p W), where p is the chance that a packet is hit and W the packets of a round trip of
// the link. `bit_error_rate` in [0, 1).
double ShareWithRetries(const Link& link, double bit_error_rate);

class LinkHealth {
 public:
  // `topology` outlives this object and has one way between two vertices if links go down.
  LinkHealth(const Topology& topology, std::vector<LinkFault> faults);

  // When something next changes; Time::max(): nothing will.
  Time next() const;
  // Lets the changes of next() happen. Returns the links whose rate may be another now.
  const std::vector<LinkId>& Step();

  // Zero: the link is down.
  Bandwidth RateOf(LinkId link) const;
  bool IsDown(const PairRoute& route) const;
  // The way that a transfer of this usual route takes now; null: it has to wait. Its links stay
  // where they are as long as this object lives.
  std::optional<PairRoute> WayFor(const PairRoute& usual);
  // Whether a transfer that waits will ever go on.
  bool Recovers(const PairRoute& usual);
  // The links of its usual route that are down: "leaf0 -> spine1".
  std::string NamesOfDown(const PairRoute& usual) const;

 private:
  enum class Stage : uint8_t { kBegin, kClose, kEnd };
  struct Course {
    LinkFault fault;
    Time begin;  // Of the present or next occurrence.
    Time next;
    Stage stage = Stage::kBegin;
    bool closes = false;  // Its links are closed.
  };
  using Ways = absl::flat_hash_map<uint64_t, std::optional<PairRoute>>;  // By ends.

  void Advance(Course& course);
  bool IsClosed(LinkId link) const;
  bool IsLost(LinkId link) const;
  template <typename Predicate>
  bool Any(LinkId link, Predicate predicate) const;
  std::optional<PairRoute> WayRound(const PairRoute& usual, std::vector<LinkId> closed_links);
  std::vector<LinkId> LinksThat(bool (LinkHealth::*predicate)(LinkId) const) const;

  const Topology& topology_;
  std::vector<Course> courses_;
  std::map<LinkId, std::vector<size_t>> active_;  // Faults on each link now.
  std::vector<LinkId> changed_;
  std::map<std::vector<LinkId>, Ways> ways_;     // By the links that are closed.
  std::deque<std::vector<LinkId>> route_store_;  // What ways_ points into.
};

}  // namespace tessera
