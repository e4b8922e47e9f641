// What tessera_bench prints.
#pragma once

#include <string>

#include "bench/benchmarks.h"
#include "bench/measurement.h"

namespace tessera {

// Lines of an aligned table, each ended by a newline.
std::string TableHeader();
std::string TableLine(const Benchmark& benchmark, const Measurement& measurement);
// Below the line of a benchmark that is split over processes: what the undivided one took, and the
// ratios to that.
std::string ComparisonLine(const Measurement& split, const Measurement& undivided);
// Stands in the table, or in a list, for a benchmark that is only planned.
std::string PlannedLine(const Benchmark& benchmark);

// {"name", "items", "items_per_cpu_s", "cpu_s", "wall_s", "peak_rss_bytes"} and a newline.
std::string JsonLine(const Benchmark& benchmark, const Measurement& measurement);
// The same with {"undivided_cpu_s", "undivided_wall_s", "cpu_ratio", "wall_ratio"}.
std::string JsonLine(const Benchmark& benchmark, const Measurement& split,
                     const Measurement& undivided);

// A line a benchmark: its name, and what it counts or that it is not there yet.
std::string ListText(const std::vector<Benchmark>& benchmarks);

}  // namespace tessera
