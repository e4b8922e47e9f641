// One simulation on several engines (partitions), conservatively: no event is ever delivered too
// early, so nothing is rolled back and results are those of one engine, bit by bit. All engines
// number all components alike; each runs its own and holds the others as remote.
//
// Lookahead: an event from a component of partition p to one of partition q is sent at least
// lookahead(p, q) before its delivery. Hence nothing new can reach q before
//   bound(q) = min over p of next(p) + distance(p, q),
// where next(p) is the earliest event that p holds and distance the least sum of lookaheads along
// any way from p to q (from q itself: the shortest cycle). A *window* delivers everything before
// bound(q), then all exchange what they have sent and their next(p), in one round of messages.
// Bounds follow from next events alone, so a window jumps over any gap without events.
//
// With *overlap* a partition does not wait for the messages of the window that it has just ended
// but for those of the one before, and a window is half as long as the least lookahead. Everything
// above holds with the bounds that follow from the older messages and from what was sent since. So
// a partition that took longer over one window than the others, or whose message travels long,
// delays nobody as long as it is less than a window late.
//
// Without overlap, a partition whose next event is late lets the others run far ahead in one window
// and wait in the next, while it catches up: they would take turns for ever. So a partition that
// has many events a window runs no further than to the least bound of all, or to where the first of
// the others begins, and all work at the same time. This is the synchronous protocol of Nicol ("The
// cost of conservative synchronization in parallel discrete event simulations", 1993) with
// distances by pair instead of one global minimum.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "core/engine.h"
#include "core/units.h"
#include "core/window_transport.h"

namespace tessera {

// Least latencies between partitions.
class LookaheadMatrix {
 public:
  // No event crosses between any two partitions.
  explicit LookaheadMatrix(int partitions);

  // Events from `from` to `to` take at least `lookahead` >= 1 ps.
  void Limit(int from, int to, Duration lookahead);
  Duration At(int from, int to) const { return lookahead_[Index(from, to)]; }
  int partitions() const { return partitions_; }
  // Over chains of partitions; At(p, p) is the shortest cycle through p. O(partitions^3).
  LookaheadMatrix Distances() const;

  static constexpr Duration kNever = Duration::max();

 private:
  size_t Index(int from, int to) const {
    return static_cast<size_t>(from) * static_cast<size_t>(partitions_) + static_cast<size_t>(to);
  }
  int partitions_;
  std::vector<Duration> lookahead_;
};

struct ParallelRunOptions {
  // For runs with many events a lookahead: twice the windows, and hardly a wait between them.
  bool overlap = false;
  // After each window, before the exchange; true ends the run on all partitions.
  std::function<bool()> stop = nullptr;
};

struct ParallelRunStatistics {
  int64_t windows = 0;
  int64_t events = 0;          // That this partition has delivered,
  int64_t events_sent = 0;     // and sent to other partitions.
  int64_t idle_windows = 0;    // In which this partition had nothing to deliver.
  double busy_seconds = 0;     // CPU time in which events were delivered, in part estimated.
  double waiting_seconds = 0;  // Wall time in exchanges.
  bool stopped = false;        // By a stop request of any partition.
};

// Runs `engine`'s part until no partition has an event left, or one of them has stopped (its
// engine was told to, or options.stop). `partition_of`: of each component. Every partition calls
// this with equal `partition_of` and `lookahead`. Errors: the transport's.
absl::StatusOr<ParallelRunStatistics> RunPartition(Engine& engine,
                                                   const std::vector<int32_t>& partition_of,
                                                   const LookaheadMatrix& lookahead,
                                                   WindowTransport& transport,
                                                   const ParallelRunOptions& options = {});

}  // namespace tessera
