// Results of a sweep on disk. Each process that simulates appends to a shard of its own, one line
// of JSON a scenario, so that nobody waits for anybody and a network file system will do; a process
// that is killed leaves at most a torn last line, which counts for nothing. Shards are merged into
// one SQLite file, one row a scenario, by one process.
//
//   DIR/shards/HOST.PID.TIME.jsonl    DIR/results.sqlite
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "study/sweep_plan.h"

namespace tessera {

// What is kept of one scenario. Times in seconds; nothing where the job has no such figure.
struct SweepRow {
  std::string key{};
  std::string overrides{};  // "path=value; path=value"
  std::string status{};     // "ok", or "failed" with the reason in `message`.
  std::string message{};
  std::optional<double> makespan_s{};
  std::optional<double> step_time_s{};
  std::optional<double> time_to_first_token_s{};
  std::optional<double> time_per_output_token_s{};
  std::optional<double> tokens_per_s{};
  std::optional<double> mfu{};
  std::optional<double> bus_bandwidth_bytes_per_s{};
  std::string bottleneck{};
  int64_t events = 0;
  double cpu_s = 0;  // Not a result.
};

class SweepStore {
 public:
  explicit SweepStore(std::string directory);
  const std::string& directory() const { return directory_; }

  absl::Status MakeDirectories() const;
  // Appends to the shard of this process and hands the line to the system at once.
  absl::Status Append(const SweepRow& row) const;
  // All complete lines of all shards by key, the first one of each.
  absl::StatusOr<absl::btree_map<std::string, SweepRow>> Read() const;
  // Writes the rows to results.sqlite: rows of the same key are replaced, others stay.
  absl::Status Merge(const absl::btree_map<std::string, SweepRow>& rows) const;

 private:
  // Of this process; children of one parent share a store but differ by their number.
  std::string ShardPath() const;

  std::string directory_;
  int64_t opened_;  // Unix time: a later process of the same number has a shard of its own.
};

std::string SweepRowJson(const SweepRow& row);
// Errors: not a complete line.
absl::StatusOr<SweepRow> ParseSweepRow(const std::string& line);

}  // namespace tessera
