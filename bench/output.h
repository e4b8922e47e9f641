// What tessera_bench prints.
#pragma once

#include <string>

#include "bench/benchmarks.h"
#include "bench/measurement.h"

namespace tessera {

// Lines of an aligned table, each ended by a newline.
std::string TableHeader();
std::string TableLine(const Benchmark& benchmark, const Measurement& measurement);
// Stands in the table, or in a list, for a benchmark that is only planned.
std::string PlannedLine(const Benchmark& benchmark);

// {"name", "items", "items_per_cpu_s", "cpu_s", "wall_s", "peak_rss_bytes"} and a newline.
std::string JsonLine(const Benchmark& benchmark, const Measurement& measurement);

// A line a benchmark: its name, and what it counts or that it is not there yet.
std::string ListText(const std::vector<Benchmark>& benchmarks);

}  // namespace tessera
