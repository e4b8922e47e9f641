// Runs a benchmark in a process of its own and accounts for what that process used: CPU time of
// user and system and peak resident memory as the kernel counts them (getrusage), descendants that
// it waited for included.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "bench/benchmarks.h"

namespace tessera {

struct Measurement {
  int64_t items = 0;
  double cpu_s = 0;
  double wall_s = 0;
  int64_t peak_rss_bytes = 0;

  double items_per_cpu_s() const { return static_cast<double>(items) / cpu_s; }
};

// Runs it once. An error if its process fails. Precondition: the benchmark is not just planned, and
// no other thread runs here.
absl::StatusOr<Measurement> Measure(const Benchmark& benchmark);

// The run with the least CPU time of `repetitions` >= 1; fewer once 20 seconds have passed.
absl::StatusOr<Measurement> MeasureBest(const Benchmark& benchmark, int repetitions);

}  // namespace tessera
