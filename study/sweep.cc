#include "study/sweep.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/status_macros.h"
#include "nodes/simulation.h"
#include "study/process_pool.h"
#include "study/quantity_text.h"
#include "study/text_table.h"

namespace tessera {
namespace {

double CpuSeconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

std::optional<double> Seconds(std::optional<Duration> duration) {
  if (!duration.has_value()) return std::nullopt;
  return ToSeconds(*duration);
}

void Fill(const SimulationResult& result, SweepRow& row) {
  row.status = "ok";
  row.makespan_s = ToSeconds(result.makespan);
  row.step_time_s = Seconds(result.headline.step_time);
  row.time_to_first_token_s = Seconds(result.headline.time_to_first_token);
  row.time_per_output_token_s = Seconds(result.headline.time_per_output_token);
  row.tokens_per_s = result.headline.tokens_per_second;
  row.mfu = result.headline.mfu;
  row.bus_bandwidth_bytes_per_s = result.headline.bus_bandwidth;
  row.bottleneck = result.bottleneck;
  row.events = result.events;
}

SweepRow RowOf(const SweepPoint& point) {
  return {.key = point.key,
          .overrides = absl::StrJoin(point.overrides, "; "),
          .status = "failed",
          .message = ""};
}

SweepRow RunPoint(const SweepPlan& plan, const SweepPoint& point, const Catalog& catalog) {
  SweepRow row = RowOf(point);
  const double begin = CpuSeconds();
  const auto scenario = catalog.LoadScenario(plan.scenario, point.overrides);
  if (!scenario.ok()) {
    row.message = std::string(scenario.status().message());
    return row;
  }
  SimulationOptions options;
  options.traced_ranks = 0;
  const auto result = Simulate(*scenario, options);
  if (result.ok()) {
    Fill(*result, row);
  } else {
    row.message = std::string(result.status().message());
  }
  row.cpu_s = CpuSeconds() - begin;
  return row;
}

// Interrupted, or its child was killed from outside: the scenario has no result yet.
bool IsForLater(const absl::Status& status) {
  return absl::IsCancelled(status) ||
         status.message() == absl::StrCat("ended by ", strsignal(SIGKILL)) ||
         status.message() == absl::StrCat("ended by ", strsignal(SIGTERM));
}

std::vector<const SweepPoint*> Missing(const SweepPlan& plan,
                                       const absl::btree_map<std::string, SweepRow>& rows,
                                       const SweepOptions& options) {
  std::vector<const SweepPoint*> missing;
  for (size_t i = 0; i < plan.points.size(); ++i) {
    const bool mine = i % static_cast<size_t>(options.tasks) == static_cast<size_t>(options.task);
    if (mine && !rows.contains(plan.points[i].key)) missing.push_back(&plan.points[i]);
  }
  return missing;
}

}  // namespace

absl::StatusOr<absl::btree_map<std::string, SweepRow>> SweepRows(const SweepPlan& plan,
                                                                 const SweepStore& store) {
  TESSERA_ASSIGN_OR_RETURN(auto all, store.Read());
  absl::btree_map<std::string, SweepRow> rows;
  for (const SweepPoint& point : plan.points) {
    const auto found = all.find(point.key);
    if (found != all.end()) rows.emplace(point.key, std::move(found->second));
  }
  return rows;
}

SweepStatus StatusOf(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows) {
  const auto failed = std::count_if(rows.begin(), rows.end(),
                                    [](const auto& row) { return row.second.status != "ok"; });
  return {.total = static_cast<int>(plan.points.size()),
          .done = static_cast<int>(rows.size()),
          .failed = static_cast<int>(failed)};
}

absl::StatusOr<SweepStatus> RunSweep(const SweepPlan& plan, const Catalog& catalog,
                                     const SweepStore& store, const SweepOptions& options) {
  TESSERA_RETURN_IF_ERROR(store.MakeDirectories());
  TESSERA_ASSIGN_OR_RETURN(const auto before, SweepRows(plan, store));
  const std::vector<const SweepPoint*> missing = Missing(plan, before, options);
  SweepStatus status = StatusOf(plan, before);
  const int already = status.done;
  // The child keeps the result by itself, so that it survives this process.
  const auto work = [&](int i) -> std::string {
    const SweepRow row = RunPoint(plan, *missing[static_cast<size_t>(i)], catalog);
    const absl::Status kept = store.Append(row);
    return kept.ok() ? "" : std::string(kept.message());
  };
  const ProcessPoolOptions pool{.jobs = options.jobs,
                                .on_progress =
                                    [&](int done) {
                                      status.done = already + done;
                                      if (options.on_progress) options.on_progress(status);
                                    },
                                .stop = options.stop};
  TESSERA_ASSIGN_OR_RETURN(const auto answers,
                           MapInProcesses(static_cast<int>(missing.size()), work, pool));
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].ok() && !answers[i]->empty()) return absl::InternalError(*answers[i]);
    if (answers[i].ok() || IsForLater(answers[i].status())) continue;
    SweepRow row = RowOf(*missing[i]);  // The child broke in it.
    row.message = std::string(answers[i].status().message());
    TESSERA_RETURN_IF_ERROR(store.Append(row));
  }
  TESSERA_ASSIGN_OR_RETURN(const auto after, SweepRows(plan, store));
  return StatusOf(plan, after);
}

std::string SweepText(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows) {
  TextTable table({{"scenario"},
                   {"makespan s", Align::kRight},
                   {"tokens/s", Align::kRight},
                   {"MFU", Align::kRight},
                   {"limit or error"}});
  const auto number = [](const std::optional<double>& value) {
    return value.has_value() ? NumberText(*value) : std::string("-");
  };
  for (const SweepPoint& point : plan.points) {
    const auto found = rows.find(point.key);
    if (found == rows.end()) continue;
    const SweepRow& row = found->second;
    const std::string& last = row.status == "ok" ? row.bottleneck : row.message;
    table.AddRow({row.overrides, number(row.makespan_s), number(row.tokens_per_s), number(row.mfu),
                  last.substr(0, last.find('\n'))});
  }
  return table.Text(0);
}

std::string SweepJson(const SweepPlan& plan, const absl::btree_map<std::string, SweepRow>& rows) {
  const SweepStatus status = StatusOf(plan, rows);
  nlohmann::ordered_json json = {{"study", plan.name},
                                 {"total", status.total},
                                 {"done", status.done},
                                 {"failed", status.failed},
                                 {"missing", status.total - status.done}};
  json["results"] = nlohmann::ordered_json::array();
  for (const SweepPoint& point : plan.points) {
    const auto found = rows.find(point.key);
    if (found != rows.end()) {
      json["results"].push_back(nlohmann::ordered_json::parse(SweepRowJson(found->second)));
    }
  }
  return json.dump(2) + "\n";
}

}  // namespace tessera
