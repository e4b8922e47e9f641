#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/interrupt.h"
#include "cli/launch.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/split_options.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "nodes/process_run.h"
#include "nodes/simulation.h"
#include "nodes/split_summary.h"
#include "partition/chip_in_use.h"
#include "partition/explain.h"
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
  bool explain = false;
  std::string fold = "exact";
  std::string checkpoint;
  bool resume = false;
  SplitArguments split;
};

constexpr std::chrono::seconds kJoinTimeout{60};

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

nlohmann::ordered_json ToJson(const StageTensors& tensors) {
  nlohmann::ordered_json bytes;
  for (size_t c = 0; c < kTensorClassCount; ++c) {
    bytes[TensorClassName(static_cast<TensorClass>(c))] = tensors.memory.by_class[c].count();
  }
  return {{"stage", tensors.stage},
          {"layers", tensors.layers},
          {"dense_parameters", tensors.dense_parameters},
          {"expert_parameters", tensors.expert_parameters},
          {"bytes", bytes},
          {"total_bytes", tensors.memory.total.count()},
          {"capacity_bytes", tensors.memory.capacity.count()}};
}

nlohmann::ordered_json ToJson(const StageCommunication& row) {
  return {{"stages", row.stages},
          {"pass", row.pass},
          {"operation", std::string(CollectiveOpName(row.op))},
          {"axis", AxisName(row.axis)},
          {"ranks", row.ranks},
          {"hidden", row.hidden},
          {"calls", row.calls},
          {"calls_per_layer", row.calls_per_layer},
          {"bytes_per_call", row.bytes.count()},
          {"scale_up_sent_bytes", row.sent.scale_up},
          {"scale_out_sent_bytes", row.sent.scale_out}};
}

// What the plan does, without running it.
absl::StatusOr<Outcome> ExplainScenario(const ScenarioSpec& scenario, bool json) {
  TESSERA_ASSIGN_OR_RETURN(const auto chip, MakeChipInUse(scenario));
  TESSERA_ASSIGN_OR_RETURN(const LoweredJob job, Lower(scenario, *chip, /*ignore_fit=*/true));
  const PlanExplanation explanation = Explain(scenario, job);
  if (!json) {
    std::cout << ExplanationText(explanation);
    return Outcome::kSuccess;
  }
  nlohmann::ordered_json document = {{"ranks", explanation.ranks}};
  for (const StageTensors& tensors : explanation.tensors) {
    document["stages"].push_back(ToJson(tensors));
  }
  document["communication"] = nlohmann::ordered_json::array();
  for (const StageCommunication& row : explanation.communication) {
    document["communication"].push_back(ToJson(row));
  }
  PrintJson(document);
  return Outcome::kSuccess;
}

absl::StatusOr<SimulationResult> SimulateAt(const SplitPlace& place, const Arguments& arguments,
                                            const ScenarioSpec& scenario,
                                            const SimulationOptions& options) {
  const int processes = place.task.size;
  const bool threads = place.meeting == nullptr && arguments.split.transport == "threads";
  if (!arguments.checkpoint.empty() && (processes == 1 || threads)) {
    return absl::InvalidArgumentError(
        "--checkpoint keeps what processes tell each other: give --processes 2 or more");
  }
  if (processes == 1) return Simulate(scenario, options);
  if (threads) return SimulateOnThreads(scenario, options, processes);
  ProcessRunOptions run{.processes = processes,
                        .meeting = place.meeting.get(),
                        .scenario = arguments.scenario,
                        .overrides = arguments.overrides,
                        .checkpoint = arguments.checkpoint,
                        .resume = arguments.resume};
  if (run.meeting == nullptr) {
    TESSERA_ASSIGN_OR_RETURN(run.transport, LocalTransportOf(arguments.split));
  }
  return SimulateOnProcesses(scenario, options, run);
}

absl::StatusOr<SimulationResult> SimulateWithProgress(const SplitPlace& place,
                                                      const Arguments& arguments,
                                                      const ScenarioSpec& scenario) {
  SimulationOptions options;
  options.folding = arguments.fold == "off"    ? Folding::kOff
                    : arguments.fold == "near" ? Folding::kNear
                                               : Folding::kExact;
  options.stop = &CatchInterrupts();
  ProgressLine progress;
  options.on_progress = [&progress](Time now, int64_t events) {
    progress.Show(absl::StrFormat("run: %.6f s simulated, %.1f M events", ToSeconds(now),
                                  static_cast<double>(events) * 1e-6));
  };
  return SimulateAt(place, arguments, scenario, options);
}

// On standard output, and as files where they are asked for.
absl::Status Publish(const RunReport& report, const Arguments& arguments) {
  if (arguments.json) {
    std::cout << ResultJson(report);
  } else {
    std::cout << Summary(report, {.colour = isatty(STDOUT_FILENO) == 1});
  }
  const std::string split = SplitSummary(report.result.partitions, report.result.folded);
  if (!split.empty()) (arguments.json ? std::cerr : std::cout) << "\n" << split;
  if (!arguments.directory.empty()) {
    TESSERA_RETURN_IF_ERROR(WriteRunFiles(report, arguments.directory));
    if (!arguments.json) {
      std::cout << "\nWritten to " << arguments.directory
                << ": report.html (open it in a browser), trace.json (ui.perfetto.dev), "
                   "result.json\n";
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Outcome> RunScenario(const Arguments& arguments, const SplitPlace& place) {
  const auto begin = std::chrono::steady_clock::now();
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const ScenarioSpec scenario,
                           catalog.LoadScenario(arguments.scenario, arguments.overrides));
  if (arguments.explain) return ExplainScenario(scenario, arguments.json);
  TESSERA_ASSIGN_OR_RETURN(const SimulationResult result,
                           SimulateWithProgress(place, arguments, scenario));
  const std::string text = ScenarioText(arguments);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  const RunReport report{.scenario = scenario,
                         .result = result,
                         .scenario_text = text,
                         .wall_seconds = wall.count(),
                         .cpu_seconds = CpuSeconds()};
  TESSERA_RETURN_IF_ERROR(Publish(report, arguments));
  if (!result.interrupted) return Outcome::kSuccess;
  std::cerr << "tessera run: interrupted; the numbers cover what was reached\n";
  return Outcome::kFailed;
}

// Under srun or mpirun every process is given the same command: the first one runs, the others
// join.
absl::StatusOr<Outcome> RunOrJoin(const Arguments& arguments) {
  if (arguments.explain) return RunScenario(arguments, {});
  TESSERA_ASSIGN_OR_RETURN(const SplitPlace place, FindSplitPlace(arguments.split));
  if (place.task.rank > 0) return JoinAsWorker(*place.meeting, place.task.rank, kJoinTimeout);
  return RunScenario(arguments, place);
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
  verb.add_option("--fold", arguments->fold,
                  "Equal data parallel replicas of large jobs run once: exact (where the result is "
                  "the same), near (also across leaf switches), off")
      ->check(CLI::IsMember({"exact", "near", "off"}));
  verb.add_flag("--explain", arguments->explain,
                "Show where each tensor lives and what each layer communicates; do not run");
  AddSplitOptions(verb, arguments->split);
  CLI::Option* const checkpoint = verb.add_option(
      "--checkpoint", arguments->checkpoint,
      "Folder that keeps how far a run on several processes is, until it ends well");
  verb.add_flag("--resume", arguments->resume, "Go on from the checkpoint of a lost run")
      ->needs(checkpoint);
  return [arguments] { return RunOrJoin(*arguments); };
}

}  // namespace tessera
