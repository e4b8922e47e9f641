#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "nodes/simulation.h"
#include "report/files.h"
#include "report/result_json.h"
#include "report/run_report.h"
#include "report/summary.h"

namespace tessera {
namespace {

struct Arguments {
  std::string scenario;
  std::vector<std::string> overrides;
  std::string directory;
  bool json = false;
};

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// The file as it is, then the overrides, so that a reader can repeat the run.
std::string ScenarioText(const Arguments& arguments) {
  std::ostringstream text;
  text << std::ifstream(arguments.scenario).rdbuf();
  for (const std::string& override_text : arguments.overrides) {
    text << "# --set " << override_text << "\n";
  }
  return text.str();
}

absl::StatusOr<Outcome> RunScenario(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const ScenarioSpec scenario,
                           catalog.LoadScenario(arguments.scenario, arguments.overrides));
  SimulationOptions options;
  options.stop = &CatchInterrupts();
  absl::StatusOr<SimulationResult> result = absl::UnknownError("not run");
  {
    ProgressLine progress;
    options.on_progress = [&progress](Time now, int64_t events) {
      progress.Show(absl::StrFormat("run: %.6f s simulated, %.1f M events", ToSeconds(now),
                                    static_cast<double>(events) * 1e-6));
    };
    result = Simulate(scenario, options);
  }
  TESSERA_RETURN_IF_ERROR(result.status());
  const std::string text = ScenarioText(arguments);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const RunReport report{.scenario = scenario,
                         .result = *result,
                         .scenario_text = text,
                         .wall_seconds = wall.count(),
                         .cpu_seconds = CpuSeconds()};
  if (arguments.json) {
    std::cout << ResultJson(report);
  } else {
    std::cout << Summary(report, {.colour = isatty(STDOUT_FILENO) == 1});
  }
  if (!arguments.directory.empty()) {
    TESSERA_RETURN_IF_ERROR(WriteRunFiles(report, arguments.directory));
    if (!arguments.json) {
      std::cout << "\nWritten to " << arguments.directory
                << ": report.html (open it in a browser), trace.json (ui.perfetto.dev), "
                   "result.json\n";
    }
  }
  if (!result->interrupted) return Outcome::kSuccess;
  std::cerr << "tessera run: interrupted; the numbers cover what was reached\n";
  return Outcome::kFailed;
}

}  // namespace

VerbAction AddRun(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  verb.add_option("scenario", arguments->scenario, "Scenario file (YAML)")->required();
  verb.add_option("--set", arguments->overrides, "path=value on top of the file, repeatable")
      ->take_all();
  verb.add_option("--out", arguments->directory,
                  "Folder for result.json, trace.json and report.html");
  verb.add_flag("--json", arguments->json, "result.json on stdout and nothing else");
  return [arguments] { return RunScenario(*arguments); };
}

}  // namespace tessera
