// tessera_bench: runs the named benchmarks, each in a process of its own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "bench/benchmarks.h"
#include "bench/measurement.h"
#include "bench/output.h"
#include "core/huge_pages.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kSuccess = 0;
constexpr int kFailed = 1;
constexpr int kBadInput = 2;

struct Options {
  std::string filter;
  bool json = false;
  bool list = false;
  int repetitions = 3;
};

void Print(std::FILE* out, const std::string& text) {
  std::fputs(text.c_str(), out);
  std::fflush(out);
}

absl::StatusOr<std::string> TextOf(const Benchmark& benchmark, const Options& options) {
  TESSERA_ASSIGN_OR_RETURN(const Measurement measurement,
                           MeasureBest(benchmark, options.repetitions));
  if (benchmark.undivided == nullptr) {
    return options.json ? JsonLine(benchmark, measurement) : TableLine(benchmark, measurement);
  }
  Benchmark whole = benchmark;
  whole.run = benchmark.undivided;
  TESSERA_ASSIGN_OR_RETURN(const Measurement undivided, MeasureBest(whole, options.repetitions));
  if (options.json) return JsonLine(benchmark, measurement, undivided);
  return TableLine(benchmark, measurement) + ComparisonLine(measurement, undivided);
}

// Whether it could be measured.
bool RunOne(const Benchmark& benchmark, const Options& options) {
  const absl::StatusOr<std::string> text = TextOf(benchmark, options);
  if (text.ok()) {
    Print(stdout, *text);
  } else {
    Print(stderr, std::string(text.status().message()) + "\n");
  }
  return text.ok();
}

int RunAll(const std::vector<Benchmark>& benchmarks, const Options& options) {
  if (!options.json) Print(stdout, TableHeader());
  int exit_code = kSuccess;
  for (const Benchmark& benchmark : benchmarks) {
    if (benchmark.planned()) {
      Print(options.json ? stderr : stdout, PlannedLine(benchmark));
    } else if (!RunOne(benchmark, options)) {
      exit_code = kFailed;
    }
  }
  return exit_code;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Runs the named benchmarks of Tessera, each in a process of its own, and reports the run\n"
      "with the least CPU time. Example: tessera_bench --filter phold --json",
      "tessera_bench");
  app.add_option("--filter", options.filter, "Only benchmarks whose name contains this");
  app.add_flag("--json", options.json, "One JSON object a line on stdout, nothing else");
  app.add_flag("--list", options.list, "Name the benchmarks and end");
  app.add_option("--repeat", options.repetitions, "Runs of each; fewer for slow ones")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kBadInput;
  }
  const std::vector<Benchmark> chosen = Matching(AllBenchmarks(), options.filter);
  if (chosen.empty()) {
    Print(stderr,
          "--filter \"" + options.filter + "\": no benchmark has such a name; --list names them\n");
    return kBadInput;
  }
  if (options.list) {
    Print(stdout, ListText(chosen));
    return kSuccess;
  }
  return RunAll(chosen, options);
}

}  // namespace
}  // namespace tessera

int main(int argc, char** argv) {
  try {
    tessera::UseHugePages(argv);
    return tessera::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
