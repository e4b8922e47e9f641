#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/slurm_array.h"
#include "cli/verb.h"
#include "core/status_macros.h"
#include "study/sweep.h"

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;

struct Arguments {
  std::string study;
  std::string directory;
  int jobs = 1;
  int slurm_tasks = 0;
  bool status = false;
  bool json = false;
};

std::string ProgressText(const SweepStatus& status, int first, Clock::time_point begin) {
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  const double rate = (status.done - first) / std::max(elapsed.count(), 1e-3);
  std::string text = absl::StrFormat("sweep: %d of %d", status.done, status.total);
  if (status.failed > 0) absl::StrAppendFormat(&text, ", %d failed", status.failed);
  if (rate > 0) {
    absl::StrAppendFormat(&text, ", %.1f/s, %.0f s left", rate,
                          (status.total - status.done) / rate);
  }
  return text;
}

absl::Status RunHere(const Arguments& arguments, const SweepPlan& plan, const SweepStore& store) {
  TESSERA_ASSIGN_OR_RETURN(const Catalog catalog, OpenCatalog());
  TESSERA_ASSIGN_OR_RETURN(const auto before, SweepRows(plan, store));
  const SlurmArrayTask task = FindSlurmArrayTask();
  ProgressLine progress;
  const Clock::time_point begin = Clock::now();
  const int first = static_cast<int>(before.size());
  return RunSweep(plan, catalog, store,
                  {.jobs = arguments.jobs,
                   .task = task.index,
                   .tasks = task.count,
                   .on_progress =
                       [&](const SweepStatus& status) {
                         progress.Show(ProgressText(status, first, begin));
                       },
                   .stop = &CatchInterrupts()})
      .status();
}

// One array, from submission to the end of its last task, or Ctrl-C. Its tasks append to shards;
// this process watches them.
absl::Status RunArray(const Arguments& arguments, const SweepPlan& plan, const SweepStore& store,
                      const std::atomic<bool>& stop) {
  SlurmArray array;
  TESSERA_RETURN_IF_ERROR(array.Submit({.study = arguments.study,
                                        .directory = store.directory(),
                                        .tasks = arguments.slurm_tasks,
                                        .jobs = arguments.jobs}));
  ProgressLine progress;
  const Clock::time_point begin = Clock::now();
  TESSERA_ASSIGN_OR_RETURN(const auto before, SweepRows(plan, store));
  while (array.Running()) {
    if (stop.load()) return array.Cancel();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    TESSERA_ASSIGN_OR_RETURN(const auto rows, SweepRows(plan, store));
    progress.Show(ProgressText(StatusOf(plan, rows), static_cast<int>(before.size()), begin));
  }
  return array.Result();
}

// A task that was lost leaves scenarios without a result: they are submitted again for as long as
// an array gets some of them done.
absl::Status RunOnSlurm(const Arguments& arguments, const SweepPlan& plan,
                        const SweepStore& store) {
  TESSERA_RETURN_IF_ERROR(store.MakeDirectories());
  const std::atomic<bool>& stop = CatchInterrupts();
  TESSERA_ASSIGN_OR_RETURN(auto before, SweepRows(plan, store));
  while (before.size() < plan.points.size()) {
    absl::Status status = RunArray(arguments, plan, store, stop);
    TESSERA_ASSIGN_OR_RETURN(auto after, SweepRows(plan, store));
    if (stop.load()) return absl::OkStatus();
    if (after.size() == before.size()) return status;
    before = std::move(after);
    if (before.size() < plan.points.size()) {
      std::cerr << "tessera sweep: a task was lost; " << plan.points.size() - before.size()
                << " scenarios are submitted again\n";
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Outcome> Show(const Arguments& arguments, const SweepPlan& plan,
                             const SweepStore& store) {
  TESSERA_ASSIGN_OR_RETURN(const auto rows, SweepRows(plan, store));
  const SweepStatus status = StatusOf(plan, rows);
  const bool array_task = FindSlurmArrayTask().count > 1;
  if (!array_task && !arguments.status) TESSERA_RETURN_IF_ERROR(store.Merge(rows));
  if (arguments.json) {
    std::cout << SweepJson(plan, rows);
  } else {
    if (!arguments.status) std::cout << SweepText(plan, rows) << "\n";
    std::cout << absl::StrFormat("%s: %d of %d scenarios have a result, %d of them failed\n",
                                 plan.name, status.done, status.total, status.failed);
    if (!array_task && !arguments.status) {
      std::cout << "Written to " << store.directory() << "/results.sqlite (table results)\n";
    }
  }
  if (arguments.status) return Outcome::kSuccess;
  if (status.done < status.total && !array_task) {
    std::cerr << "tessera sweep: " << status.total - status.done
              << " scenarios have no result yet; run it again to finish\n";
    return Outcome::kFailed;
  }
  return status.failed == 0 ? Outcome::kSuccess : Outcome::kFailed;
}

absl::StatusOr<Outcome> RunSweepVerb(Arguments arguments) {
  TESSERA_ASSIGN_OR_RETURN(const SweepPlan plan, LoadSweepPlan(arguments.study));
  if (arguments.directory.empty()) arguments.directory = absl::StrCat("out/", plan.name);
  const SweepStore store(std::filesystem::absolute(arguments.directory));
  if (!arguments.status) {
    TESSERA_RETURN_IF_ERROR(arguments.slurm_tasks > 0 ? RunOnSlurm(arguments, plan, store)
                                                      : RunHere(arguments, plan, store));
  }
  return Show(arguments, plan, store);
}

}  // namespace

VerbAction AddSweep(CLI::App& verb) {
  auto arguments = std::make_shared<Arguments>();
  arguments->jobs = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  verb.add_option("study", arguments->study, "Study file (YAML): a scenario and what to vary")
      ->required();
  verb.add_option("--out", arguments->directory, "Folder of the results; out/NAME by default");
  verb.add_option("--jobs", arguments->jobs, "Processes to use; with --slurm: of each task")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb.add_option("--slurm", arguments->slurm_tasks,
                  "Submits so many Slurm array tasks, which share the scenarios, and waits")
      ->check(CLI::Range(1, 10000));
  verb.add_flag("--status", arguments->status, "Only says how far the sweep is");
  verb.add_flag("--json", arguments->json, "One JSON document on stdout");
  return [arguments] { return RunSweepVerb(*arguments); };
}

}  // namespace tessera
