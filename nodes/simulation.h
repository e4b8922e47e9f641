// Runs a scenario: chips execute their programs as events, collectives run on the fabric.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "configs/job_spec.h"
#include "core/units.h"
#include "partition/partition.h"
#include "topology/topology.h"

namespace tessera {

class WindowTransport;

// One thing a rank did; the raw material of timelines. Streams 0 and 1 together are the compute
// stream: what it does, and what it waits for. Spans of one rank and stream do not overlap.
struct Span {
  int32_t rank = 0;
  // 0 compute, 1 communication that blocks it, 2 + axis: overlapped communication along it.
  uint8_t stream = 0;
  bool waiting = false;  // For the transfer to begin: a member or the sender is late.
  OperatorClass category = OperatorClass::kOther;
  CollectiveOp op = CollectiveOp::kAllReduce;  // Streams 1 and 2; kSendRecv for messages.
  Axis axis = Axis::kTensor;                   // Likewise.
  uint16_t label = 0;                          // Index into the programs' labels.
  int32_t microbatch = -1;
  Time begin;
  Time end;
};

// Where the time of the average rank went; sums to the makespan.
struct TimeBreakdown {
  std::array<Duration, kOperatorClassCount> compute{};       // By class.
  std::array<Duration, kAxisCount> exposed_communication{};  // Compute stream waits for it.
  Duration idle{};  // Waiting for other ranks: bubbles, stragglers. The sum of the two below.
  std::array<Duration, kAxisCount>
      waiting{};        // For members of a group, or a message, along an axis.
  Duration finished{};  // This rank was done before the last one.
};

struct LinkSummary {
  LinkId link = 0;
  std::string name{};
  Bytes bytes{};
  double utilisation = 0;  // bytes / (bandwidth * makespan).
};

struct TierSummary {
  Tier tier = Tier::kScaleUp;
  Bytes bytes{};
  double mean_utilisation = 0;
  double peak_utilisation = 0;  // Of the busiest link.
  std::vector<LinkSummary> hottest{};
};

// How full a link was over time: the mean rate of each exchange over its duration, summed.
struct LinkTimeline {
  Tier tier = Tier::kScaleUp;
  LinkId link = -1;  // -1: the mean over all links of the tier.
  std::string name;
  Duration bin{};                   // Width of one entry.
  std::vector<double> utilisation;  // From the start of the run.
};

// All calls of one operation along one axis with one size; point-to-point messages are kSendRecv.
struct CollectiveSummary {
  CollectiveOp op = CollectiveOp::kAllReduce;
  Axis axis = Axis::kTensor;
  std::string algorithm{};
  int ranks = 0;
  int groups = 0;     // That made such calls.
  int64_t calls = 0;  // Of all groups.
  Bytes bytes_per_call{};
  // Over all calls, each from its last member's arrival to the end at its last one.
  Duration total{};
};

// What the user asked for, as far as the job has it.
struct Headline {
  std::optional<Duration> step_time;              // Training.
  std::optional<Duration> time_to_first_token;    // Inference with prefill.
  std::optional<Duration> time_per_output_token;  // Mean over the decode steps.
  std::optional<double> tokens_per_second;        // Whole machine.
  std::optional<double> mfu;                      // Model FLOPs over peak at compute precision.
  std::optional<double> algorithm_bandwidth;      // Collective jobs, bytes/s as in nccl-tests.
  std::optional<double> bus_bandwidth;
};

// The work of one partition of a split run.
struct PartitionLoad {
  int64_t events = 0;
  int64_t windows = 0;
  int64_t idle_windows = 0;    // Without an event in this partition.
  int64_t events_sent = 0;     // To other partitions.
  double busy_seconds = 0;     // CPU time in which events were delivered.
  double waiting_seconds = 0;  // For the others, wall time.
  int32_t logical_processes = 0;
};

struct SimulationResult {
  LoweredJob job;
  Duration makespan{};
  Headline headline;
  std::vector<std::pair<std::string, Time>> marks;  // Rank 0's kMark instructions.
  TimeBreakdown breakdown;
  std::vector<TierSummary> tiers;
  // Every tier, then its hottest links; empty in runs with millions of exchanges.
  std::vector<LinkTimeline> timelines;
  std::vector<CollectiveSummary> collectives;
  std::vector<Span> spans;          // Of the traced ranks, by rank, stream and begin.
  std::vector<Duration> rank_busy;  // Compute time per rank.
  Duration lower_bound{};           // Largest physical bound that was checked.
  std::string bottleneck;           // In words.
  int64_t events = 0;
  // Each rank that ran stood for so many (nodes/fold.h); bytes, groups and calls are of all ranks,
  // what is said of single ranks and links is of those that ran.
  int folded = 1;
  bool interrupted = false;               // Ctrl-C: what was reached until then.
  std::vector<PartitionLoad> partitions;  // Of a split run; results do not depend on it.
};

// Whether equal data parallel replicas are simulated once (nodes/fold.h).
enum class Folding : uint8_t {
  kOff,
  kExact,  // Where the result is the same to the picosecond.
  kNear,   // Also where neighbours on different leaves have a longer way.
};

struct SimulationOptions {
  // Spans are kept for so many ranks at most: the first one of each distinct program, by rank.
  int traced_ranks = 64;
  bool ignore_fit = false;
  Folding folding = Folding::kExact;
  int fold_above_ranks = 1024;  // Smaller jobs show every rank.
  // Called about four times a second of wall time with simulated time and events so far, on the
  // thread that runs the simulation.
  std::function<void(Time, int64_t)> on_progress{};
  const std::atomic<bool>* stop = nullptr;
  // Not null: this is one partition of several, each of which calls Simulate with equal arguments.
  // Partition 0 gets the result, the others only its job.
  WindowTransport* transport = nullptr;
};

// Errors: whatever the rooms before refuse (illegal plan, does not fit, unknown figures), a
// deadlock (who waits for whom, and the cycle), programs whose collectives do not match, a result
// below a physical bound.
absl::StatusOr<SimulationResult> Simulate(const ScenarioSpec& scenario,
                                          const SimulationOptions& options);

// The same on so many threads, a partition each.
absl::StatusOr<SimulationResult> SimulateOnThreads(const ScenarioSpec& scenario,
                                                   const SimulationOptions& options,
                                                   int partitions);

}  // namespace tessera
