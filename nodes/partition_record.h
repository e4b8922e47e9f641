// What one partition has seen of a run, and how the records of all partitions become that of the
// whole run.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/units.h"
#include "nodes/chip_process.h"
#include "nodes/execution.h"
#include "nodes/open_transfers.h"
#include "nodes/traffic.h"

namespace tessera {

struct RankRecord {
  int rank = 0;
  RankTime time{};
  OpenWait open{};
};

struct PartitionRecord {
  std::vector<RankRecord> ranks;
  std::vector<std::pair<int, Time>> marks;
  std::vector<Span> spans;
  TrafficLog traffic;
  std::vector<Bytes> fabric_bytes;
  PartitionLoad load;
  Time now;
  bool interrupted = false;  // Events are left.
  absl::Status fault;        // The first one, at fault_time.
  Time fault_time = Time::max();
  std::string in_fabric;  // Runs that are not over.
  int64_t rerouted = 0;   // As in Fabric::Counters.
  int64_t stopped = 0;
};

// For partitions of one build. `programs` and `program_of_rank` give names to instructions.
std::string Pack(const PartitionRecord& record, const ProgramSet& programs);
absl::StatusOr<PartitionRecord> UnpackPartitionRecord(absl::string_view bytes,
                                                      const ProgramSet& programs);

// Errors: the earliest fault; a deadlock.
absl::StatusOr<ExecutionRecord> Merge(std::vector<PartitionRecord> records, const RunPlan& plan);

}  // namespace tessera
