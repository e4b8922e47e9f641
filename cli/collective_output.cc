#include "cli/collective_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/nccl_table.h"
#include "nodes/split_summary.h"
#include "study/text_table.h"

namespace tessera {
namespace {

using Json = nlohmann::ordered_json;

Json CrossoversJson(const std::vector<CollectiveCrossover>& crossovers) {
  Json list = Json::array();
  for (const CollectiveCrossover& c : crossovers) {
    list.push_back({{"bytes", c.bytes.count()}, {"below", c.below}, {"above", c.above}});
  }
  return list;
}

Json CandidatesJson(const std::vector<CollectiveCandidate>& candidates) {
  Json list = Json::array();
  for (const CollectiveCandidate& c : candidates) {
    list.push_back({{"algorithm", c.algorithm},
                    {"protocol", c.protocol},
                    {"predicted_s", ToSeconds(c.predicted)},
                    {"start_s", ToSeconds(c.start)},
                    {"latency_s", ToSeconds(c.latency)},
                    {"limit", c.limit}});
  }
  return list;
}

Json ComparisonJson(const CollectiveTable& table) {
  const CollectiveComparison& comparison = *table.comparison;
  Json rows = Json::array();
  for (size_t i = 0; i < table.rows.size(); ++i) {
    Json times = Json::object();
    for (size_t a = 0; a < comparison.algorithms.size(); ++a) {
      times[comparison.algorithms[a]] = ToSeconds(comparison.times[i][a]);
    }
    rows.push_back({{"bytes", table.rows[i].bytes.count()}, {"time_s", times}});
  }
  Json left_out = Json::object();
  for (const auto& [name, reason] : comparison.left_out) left_out[name] = reason;
  return {{"algorithms", comparison.algorithms},
          {"rows", rows},
          {"crossovers", CrossoversJson(comparison.crossovers)},
          {"left_out", left_out}};
}

std::string CrossoversText(const std::vector<CollectiveCrossover>& crossovers) {
  std::string text;
  for (const CollectiveCrossover& c : crossovers) {
    absl::StrAppend(&text, "#   from ", c.bytes.count(), " B on: ", c.above, " (below: ", c.below,
                    ")\n");
  }
  return text;
}

// Times side by side, the fastest marked.
std::string ComparisonText(const CollectiveTable& table) {
  const CollectiveComparison& comparison = *table.comparison;
  std::vector<TextTable::Column> columns = {{"size (B)", Align::kRight}};
  for (const std::string& name : comparison.algorithms) columns.push_back({name, Align::kRight});
  TextTable text(std::move(columns));
  for (size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<Duration>& times = comparison.times[i];
    std::vector<std::string> cells = {absl::StrCat(table.rows[i].bytes.count())};
    for (const Duration time : times) {
      const bool fastest = time == *std::min_element(times.begin(), times.end());
      cells.push_back(absl::StrFormat("%.2f%s", ToSeconds(time) * 1e6, fastest ? "*" : " "));
    }
    text.AddRow(std::move(cells));
  }
  std::string all = absl::StrCat("\n# Time (us) of each algorithm; * the fastest\n", text.Text(0));
  if (!comparison.crossovers.empty()) absl::StrAppend(&all, "# Crossovers\n");
  absl::StrAppend(&all, CrossoversText(comparison.crossovers));
  for (const auto& [name, reason] : comparison.left_out) {
    absl::StrAppend(&all, "# Left out: ", name, " (", reason, ")\n");
  }
  return all;
}

std::vector<PartitionLoad> LoadsOf(const PacketFigures& packets) {
  std::vector<PartitionLoad> loads;
  for (const PacketPartLoad& part : packets.parts) {
    loads.push_back({.events = part.run.events,
                     .windows = part.run.windows,
                     .idle_windows = part.run.idle_windows,
                     .events_sent = part.run.events_sent,
                     .busy_seconds = part.run.busy_seconds,
                     .waiting_seconds = part.run.waiting_seconds,
                     .logical_processes = part.vertices});
  }
  return loads;
}

// A line a row that went as packets, then how splitting the last one went.
std::string PacketText(const CollectiveTable& table) {
  std::string text;
  std::string split;
  for (const CollectiveRow& row : table.rows) {
    if (!row.packets) continue;
    absl::StrAppend(&text, "#   ", row.bytes.count(), " B: ", row.packets->events, " events, ",
                    row.packets->trimmed, " packets trimmed, result ", row.packets->hash, "\n");
    split = SplitSummary(LoadsOf(*row.packets));
  }
  return text.empty() ? "" : absl::StrCat("# Packets\n", text, split);
}

Json PacketsJson(const PacketFigures& packets) {
  Json json = {
      {"result_hash", packets.hash}, {"events", packets.events}, {"trimmed", packets.trimmed}};
  for (const PacketPartLoad& part : packets.parts) {
    json["partitions"].push_back({{"vertices", part.vertices},
                                  {"windows", part.run.windows},
                                  {"events", part.run.events},
                                  {"events_sent", part.run.events_sent},
                                  {"busy_s", part.run.busy_seconds},
                                  {"waiting_s", part.run.waiting_seconds}});
  }
  return json;
}

std::string ExplanationText(const CollectiveTable& table) {
  std::string text = "\n# What the library weighed: predicted time, fastest first\n";
  for (const CollectiveRow& row : table.rows) {
    absl::StrAppend(&text, row.bytes.count(), " B\n");
    for (const CollectiveCandidate& c : row.candidates) {
      absl::StrAppend(&text, &c == &row.candidates.front() ? "  * " : "    ", c.Text(), "\n");
    }
  }
  return text;
}

}  // namespace

Json CollectiveJson(const CollectiveHeading& heading, const CollectiveTable& table) {
  Json rows = Json::array();
  for (const CollectiveRow& row : table.rows) {
    rows.push_back({{"bytes", row.bytes.count()},
                    {"count", row.count},
                    {"time_s", ToSeconds(row.time)},
                    {"algorithm_bytes_per_s", row.algorithm_bandwidth},
                    {"bus_bytes_per_s", row.bus_bandwidth},
                    {"algorithm", row.candidates[0].algorithm},
                    {"protocol", row.candidates[0].protocol},
                    {"simulated", row.simulated},
                    {"candidates", CandidatesJson(row.candidates)}});
    if (row.packets) rows.back()["packets"] = PacketsJson(*row.packets);
  }
  Json document = {{"system", heading.system},
                   {"operation", std::string(CollectiveOpName(heading.op))},
                   {"type", NcclTypeName(heading.precision)},
                   {"ranks", table.ranks},
                   {"groups", table.groups},
                   {"rows", rows},
                   {"crossovers", CrossoversJson(table.crossovers)}};
  if (table.comparison) document["comparison"] = ComparisonJson(table);
  return document;
}

std::string CollectiveText(const CollectiveHeading& heading, const CollectiveTable& table,
                           bool explain) {
  std::string text = absl::StrCat("# ", CollectiveTitle(heading, table), "\n",
                                  NcclTable(table, heading.op, heading.precision));
  if (!table.crossovers.empty()) {
    absl::StrAppend(&text, "# The library's choice changes\n", CrossoversText(table.crossovers));
  }
  absl::StrAppend(&text, PacketText(table));
  if (table.comparison) absl::StrAppend(&text, ComparisonText(table));
  if (explain) absl::StrAppend(&text, ExplanationText(table));
  return text;
}

}  // namespace tessera
