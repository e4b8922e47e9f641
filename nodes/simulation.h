// Runs a scenario: chips execute their programs as events, collectives run on the fabric.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/partition.h"
#include "topology/topology.h"

namespace tessera {

// One thing a rank did; the raw material of timelines.
struct Span {
  int32_t rank = 0;
  uint8_t stream = 0;    // 0 compute, 1 communication.
  bool waiting = false;  // Idle for a message or a collective's last member.
  OperatorClass category = OperatorClass::kOther;
  CollectiveOp op = CollectiveOp::kAllReduce;  // stream 1.
  Axis axis = Axis::kTensor;
  uint16_t label = 0;
  int32_t microbatch = -1;
  Time begin;
  Time end;
};

// Where the time of the average rank went; sums to the makespan.
struct TimeBreakdown {
  std::array<Duration, kOperatorClassCount> compute;       // By class.
  std::array<Duration, kAxisCount> exposed_communication;  // Compute stream waits for it.
  Duration idle;  // Waiting for other ranks: bubbles, stragglers.
};

struct LinkSummary {
  LinkId link = 0;
  std::string name;
  Bytes bytes;
  double utilisation = 0;  // bytes / (bandwidth * makespan).
};

struct TierSummary {
  Tier tier = Tier::kScaleUp;
  Bytes bytes;
  double mean_utilisation = 0;
  double peak_utilisation = 0;  // Of the busiest link.
  std::vector<LinkSummary> hottest;
};

struct CollectiveSummary {
  CollectiveOp op = CollectiveOp::kAllReduce;
  Axis axis = Axis::kTensor;
  std::string algorithm;
  int ranks = 0;
  int64_t calls = 0;
  Bytes bytes_per_call;
  Duration total;
};

struct SimulationResult {
  LoweredJob job;
  Duration makespan;
  std::vector<std::pair<std::string, Time>> marks;  // Rank 0's kMark instructions.
  TimeBreakdown breakdown;
  std::vector<TierSummary> tiers;
  std::vector<CollectiveSummary> collectives;
  std::vector<Span> spans;          // Of `traced_ranks` only.
  std::vector<Duration> rank_busy;  // Compute time per rank.
  Duration lower_bound;             // Largest physical bound that was checked.
  std::string bottleneck;           // In words.
  int64_t events = 0;
  bool interrupted = false;  // Ctrl-C: what was reached until then.
};

struct SimulationOptions {
  int traced_ranks = 64;  // Spans are kept for the first so many ranks.
  bool ignore_fit = false;
  // Called about four times a second of wall time with simulated time and events so far.
  std::function<void(Time, int64_t)> on_progress;
  const std::atomic<bool>* stop = nullptr;
};

absl::StatusOr<SimulationResult> Simulate(const ScenarioSpec& scenario,
                                          const SimulationOptions& options);

}  // namespace tessera
