#include "bench/output.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tessera {
namespace {

nlohmann::ordered_json ToJson(const Benchmark& benchmark, const Measurement& measurement) {
  return {
      {"name", benchmark.name},
      {"items", measurement.items},
      {"items_per_cpu_s", measurement.items_per_cpu_s()},
      {"cpu_s", measurement.cpu_s},
      {"wall_s", measurement.wall_s},
      {"peak_rss_bytes", measurement.peak_rss_bytes},
  };
}

}  // namespace

std::string TableHeader() {
  return absl::StrFormat("%-24s %12s %-9s %16s %10s %10s %10s\n", "benchmark", "items", "",
                         "items per CPU-s", "CPU s", "wall s", "peak MiB");
}

std::string TableLine(const Benchmark& benchmark, const Measurement& measurement) {
  return absl::StrFormat("%-24s %12d %-9s %16.0f %10.3f %10.3f %10.1f\n", benchmark.name,
                         measurement.items, benchmark.item + "s", measurement.items_per_cpu_s(),
                         measurement.cpu_s, measurement.wall_s,
                         static_cast<double>(measurement.peak_rss_bytes) / (1 << 20));
}

std::string ComparisonLine(const Measurement& split, const Measurement& undivided) {
  return absl::StrFormat(
      "  on one process: %.3f CPU s, %.3f wall s; split: %.2f of the CPU time, %.2f of the wall "
      "time\n",
      undivided.cpu_s, undivided.wall_s, split.cpu_s / undivided.cpu_s,
      split.wall_s / undivided.wall_s);
}

std::string PlannedLine(const Benchmark& benchmark) {
  return absl::StrFormat("%-24s not there yet\n", benchmark.name);
}

std::string JsonLine(const Benchmark& benchmark, const Measurement& measurement) {
  return ToJson(benchmark, measurement).dump() + "\n";
}

std::string JsonLine(const Benchmark& benchmark, const Measurement& split,
                     const Measurement& undivided) {
  nlohmann::ordered_json line = ToJson(benchmark, split);
  line["undivided_cpu_s"] = undivided.cpu_s;
  line["undivided_wall_s"] = undivided.wall_s;
  line["cpu_ratio"] = split.cpu_s / undivided.cpu_s;
  line["wall_ratio"] = split.wall_s / undivided.wall_s;
  return line.dump() + "\n";
}

std::string ListText(const std::vector<Benchmark>& benchmarks) {
  std::string text;
  for (const Benchmark& benchmark : benchmarks) {
    absl::StrAppend(&text, benchmark.planned() ? PlannedLine(benchmark)
                                               : absl::StrFormat("%-24s counts %ss\n",
                                                                 benchmark.name, benchmark.item));
  }
  return text;
}

}  // namespace tessera
