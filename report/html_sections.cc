#include "report/html_sections.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectives/collective.h"
#include "report/amount_text.h"
#include "report/energy_text.h"
#include "report/html_charts.h"
#include "report/html_text.h"
#include "report/request_text.h"
#include "report/sources.h"
#include "report/time_parts.h"
#include "report/timeline_data.h"

namespace tessera {
namespace {

// About 12 characters each: a timeline of one megabyte.
constexpr size_t kTimelinePieces = 90'000;

StackPart StackPartOf(const TimePart& part) {
  StackPart stack{.name = TimePartText(part), .colour = "--finished", .fraction = part.fraction};
  if (part.kind == TimePartKind::kCompute) stack.colour = "--op-" + part.name;
  if (part.kind == TimePartKind::kExposed) stack.colour = "--ax-" + part.name;
  if (part.kind == TimePartKind::kWaiting) stack.colour = "--wait";
  stack.waiting = part.kind == TimePartKind::kWaiting;
  return stack;
}

std::string Captioned(const std::string& left, const std::string& right, const std::string& chart) {
  return absl::StrCat("<figure><figcaption><span>", EscapeHtml(left), "</span><span>",
                      EscapeHtml(right), "</span></figcaption>", chart, "</figure>\n");
}

std::string UseOverTime(const LinkTimeline& line) {
  const std::string name =
      line.link < 0 ? absl::StrCat("all ", line.name, " links, mean") : line.name;
  const double top = ChartTop(line.utilisation);
  return Captioned(name, absl::StrFormat("height of the field: %g %%", 100 * top),
                   AreaChart(absl::StrCat("Use of ", name, " over time"), line.utilisation, top));
}

std::string Legend(const std::vector<TimelineKind>& kinds) {
  std::string out = "<div class=legend>";
  for (const TimelineKind& kind : kinds) {
    absl::StrAppend(&out, "<span>",
                    StackKey({.name = kind.name, .colour = kind.colour, .waiting = kind.waiting}),
                    EscapeHtml(kind.name), "</span>");
  }
  return out + "</div>\n";
}

}  // namespace

std::string PageHead(const RunReport& report) {
  std::string out = absl::StrCat(
      "<h1>", EscapeHtml(Title(report.scenario, report.result)), "</h1>\n<p class=lead>",
      EscapeHtml(report.scenario.name),
      report.result.interrupted ? ": interrupted; this is what was reached</p>\n" : "</p>\n");
  out += "<dl class=facts>";
  for (const auto& [label, text] : RequestFacts(report.scenario, report.result)) {
    absl::StrAppend(&out, "<dt>", label, "</dt><dd>", EscapeHtml(text), "</dd>");
  }
  out += "</dl>\n";
  return out;
}

std::string PageLead(const SimulationResult& result) {
  std::string out = "<div class=tiles>";
  for (const auto& [label, text] : HeadlineFacts(result)) {
    absl::StrAppend(&out, "<div class=tile><b>", EscapeHtml(text), "</b><span>", label,
                    "</span></div>");
  }
  absl::StrAppend(&out, "</div>\n<section class=limit aria-labelledby=limit-h><h2 id=limit-h>",
                  "What limits it</h2>\n<p>", EscapeHtml(result.bottleneck), "</p></section>\n");
  return out;
}

HtmlSection TimeSection(const SimulationResult& result) {
  std::vector<StackPart> stack;
  HtmlTable table({{"part"}, {"time", true}, {"share", true}});
  for (const TimePart& part : TimeParts(result)) {
    stack.push_back(StackPartOf(part));
    table.AddRow({StackKey(stack.back()) + EscapeHtml(stack.back().name), DurationText(part.time),
                  PercentText(part.fraction)});
  }
  return {.id = "time",
          .short_name = "Time",
          .heading = "Where the time went",
          .note = absl::StrCat("Average rank over ", DurationText(result.makespan)),
          .body = StackBar("Shares of the time", stack) + table.Render()};
}

HtmlSection MemorySection(const SimulationResult& result) {
  const MemoryUse& memory = result.job.memory;
  if (memory.capacity == Bytes()) return {};
  const auto capacity = static_cast<double>(memory.capacity.count());
  std::vector<StackPart> stack;
  HtmlTable table({{"class"}, {"size", true}, {"of capacity", true}});
  for (int c = 0; c < kTensorClassCount; ++c) {
    const Bytes bytes = memory.by_class[static_cast<size_t>(c)];
    if (bytes == Bytes()) continue;
    const std::string name = TensorClassName(static_cast<TensorClass>(c));
    const double fraction = static_cast<double>(bytes.count()) / capacity;
    stack.push_back({.name = name, .colour = "--mem-" + name, .fraction = fraction});
    table.AddRow(
        {StackKey(stack.back()) + EscapeHtml(name), MemoryText(bytes), PercentText(fraction)});
  }
  const double used = static_cast<double>(memory.total.count()) / capacity;
  return {.id = "memory",
          .short_name = "Memory",
          .heading = "Memory of the fullest chip",
          .note = absl::StrCat("Rank ", memory.rank, ": ", MemoryText(memory.total), " of ",
                               MemoryText(memory.capacity), ", ", PercentText(used)),
          .body = StackBar("Shares of the memory", stack) + table.Render()};
}

HtmlSection EnergySection(const RunReport& report) {
  HtmlTable table({{"figure"}, {"of the whole machine"}});
  const Facts facts = EnergyFacts(report.scenario, report.result);
  if (facts.empty()) return {};
  for (const auto& [label, text] : facts) table.AddRow({label, EscapeHtml(text)});
  return {.id = "energy",
          .short_name = "Energy",
          .heading = "Energy and money",
          .note = "What computing, main memory and links draw above idle, and idle power.",
          .body = table.Render()};
}

HtmlSection TimelineSection(const SimulationResult& result) {
  if (result.spans.empty()) return {};
  const TimelineData timeline = MakeTimeline(result, kTimelinePieces);
  return {.id = "timeline-card",
          .short_name = "Timeline",
          .heading = "Timeline",
          .note =
              "One row for each rank whose program differs: its compute stream, and thin below "
              "it what communicates beside it. Drag or use the arrow keys to move, + and - or "
              "Shift and the wheel to zoom, 0 to see all.",
          .body = absl::StrCat(
              "<div class=tools><button id=closer type=button>Zoom in</button>"
              "<button id=wider type=button>Zoom out</button>"
              "<button id=whole type=button>All</button><span id=range></span></div>\n"
              "<div id=lanes><canvas id=timeline tabindex=0 role=img aria-label=\"Timeline of "
              "ranks\"></canvas></div>\n<div id=under aria-live=polite></div>\n",
              Legend(timeline.kinds), "<script type=\"application/json\" id=spans>",
              TimelineJson(timeline, result.makespan), "</script>\n")};
}

HtmlSection TrafficSection(const SimulationResult& result) {
  if (result.tiers.empty()) return {};
  HtmlTable table({{"tier"}, {"bytes", true}, {"mean use"}, {"busiest link"}, {"link"}});
  for (const TierSummary& tier : result.tiers) {
    table.AddRow({TierName(tier.tier), TrafficText(tier.bytes), Meter(tier.mean_utilisation),
                  Meter(tier.peak_utilisation),
                  tier.hottest.empty() ? "" : EscapeHtml(tier.hottest.front().name)});
  }
  std::string body = table.Render() + "<div class=charts>\n";
  bool after_mean = false;
  for (const LinkTimeline& line : result.timelines) {
    // Of each tier the mean over its links and the hottest one.
    const bool mean = line.link < 0;
    if (mean || after_mean) body += UseOverTime(line);
    after_mean = mean;
  }
  body += "</div>\n";
  return {.id = "traffic",
          .short_name = "Traffic",
          .heading = "Traffic by tier",
          .note =
              "Bytes count on every link they cross; use is bytes over bandwidth times "
              "makespan. The curves show it over the whole run.",
          .body = std::move(body)};
}

HtmlSection CommunicationSection(const SimulationResult& result) {
  if (result.collectives.empty()) return {};
  HtmlTable table({{"operation"},
                   {"axis"},
                   {"algorithm"},
                   {"ranks", true},
                   {"groups", true},
                   {"calls of a group", true},
                   {"size", true},
                   {"time of one", true},
                   {"time of a group", true}});
  for (const CollectiveSummary& row : result.collectives) {
    table.AddRow({std::string(CollectiveOpName(row.op)), AxisName(row.axis),
                  EscapeHtml(row.algorithm), CountText(row.ranks), CountText(row.groups),
                  CountText(row.calls / row.groups), TrafficText(row.bytes_per_call),
                  DurationText(row.total / row.calls), DurationText(row.total / row.groups)});
  }
  return {.id = "communication",
          .short_name = "Communication",
          .heading = "Collectives and messages",
          .note =
              "From the arrival of the last member to the end at the last one; hidden "
              "or not.",
          .body = table.Render()};
}

HtmlSection RanksSection(const SimulationResult& result) {
  if (result.rank_busy.size() < 2) return {};
  std::vector<double> busy;
  for (const Duration time : result.rank_busy) busy.push_back(ToSeconds(time));
  const auto [min, max] = std::minmax_element(result.rank_busy.begin(), result.rank_busy.end());
  return {.id = "ranks",
          .short_name = "Ranks",
          .heading = "Compute time by rank",
          .note = absl::StrCat("From ", DurationText(*min), " (rank ",
                               min - result.rank_busy.begin(), ") to ", DurationText(*max),
                               " (rank ", max - result.rank_busy.begin(), ")"),
          .body = BarChart("Compute time of each rank", busy)};
}

HtmlSection BasisSection(const RunReport& report) {
  std::string body;
  if (!report.result.job.assumptions.empty()) {
    body += "<ul>";
    for (const std::string& text : report.result.job.assumptions) {
      absl::StrAppend(&body, "<li>", EscapeHtml(text), "</li>");
    }
    body += "</ul>\n";
  }
  HtmlTable table({{"figures"}, {"confidence"}, {"source"}});
  for (const SourceNote& note : SourcesOf(report.scenario)) {
    const bool estimate = note.provenance.confidence == Confidence::kEstimate;
    table.AddRow({EscapeHtml(note.block),
                  absl::StrCat("<span class=\"badge", estimate ? " estimate" : "", "\">",
                               ConfidenceName(note.provenance.confidence), "</span>"),
                  EscapeHtml(note.provenance.source)});
  }
  return {.id = "basis",
          .short_name = "Basis",
          .heading = "What this rests on",
          .note = "Assumptions, and where the constants come from.",
          .body = body + table.Render()};
}

HtmlSection ScenarioSection(const RunReport& report) {
  return {.id = "scenario",
          .short_name = "Scenario",
          .heading = "Scenario",
          .note = "Save as scenario.yaml and run it again: tessera run scenario.yaml",
          .body = absl::StrCat("<pre tabindex=0>", EscapeHtml(report.scenario_text), "</pre>\n")};
}

}  // namespace tessera
