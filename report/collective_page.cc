#include "report/collective_page.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "report/files.h"
#include "report/html_text.h"
#include "report/line_chart.h"

namespace tessera {
namespace {

constexpr double kGiga = 1e9;

// The library's choice, or the algorithms side by side.
std::vector<ChartLine> Lines(const CollectiveHeading& heading, const CollectiveTable& table) {
  std::vector<ChartLine> lines;
  if (!table.comparison) {
    ChartLine& line = lines.emplace_back(ChartLine{.name = "bus bandwidth"});
    for (const CollectiveRow& row : table.rows) line.values.push_back(row.bus_bandwidth / kGiga);
    return lines;
  }
  const double factor = BusBandwidthFactor(heading.op, table.ranks) / kGiga;
  const CollectiveComparison& comparison = *table.comparison;
  for (size_t a = 0; a < comparison.algorithms.size(); ++a) {
    ChartLine& line = lines.emplace_back(ChartLine{.name = comparison.algorithms[a]});
    for (size_t r = 0; r < table.rows.size(); ++r) {
      const double seconds = ToSeconds(comparison.times[r][a]);
      const auto bytes = static_cast<double>(table.rows[r].bytes.count());
      line.values.push_back(seconds > 0 ? bytes / seconds * factor : 0);
    }
  }
  return lines;
}

std::string Plot(const CollectiveHeading& heading, const CollectiveTable& table) {
  std::vector<double> sizes;
  for (const CollectiveRow& row : table.rows) {
    sizes.push_back(static_cast<double>(row.bytes.count()));
  }
  return LineChart("Bus bandwidth in GB/s over size", sizes, Lines(heading, table));
}

std::string Rows(const CollectiveTable& table) {
  HtmlTable rows({{"size (B)", true},
                  {"count", true},
                  {"time (us)", true},
                  {"algbw (GB/s)", true},
                  {"busbw (GB/s)", true},
                  {"algorithm"}});
  for (const CollectiveRow& row : table.rows) {
    rows.AddRow({absl::StrCat(row.bytes.count()), absl::StrCat(row.count),
                 absl::StrFormat("%.2f", ToSeconds(row.time) * 1e6),
                 absl::StrFormat("%.2f", row.algorithm_bandwidth / kGiga),
                 absl::StrFormat("%.2f", row.bus_bandwidth / kGiga),
                 EscapeHtml(row.candidates[0].Name())});
  }
  return rows.Render();
}

std::string Crossovers(const std::vector<CollectiveCrossover>& crossovers) {
  if (crossovers.empty()) return "";
  HtmlTable rows({{"from (B)", true}, {"faster"}, {"below"}});
  for (const CollectiveCrossover& c : crossovers) {
    rows.AddRow({absl::StrCat(c.bytes.count()), EscapeHtml(c.above), EscapeHtml(c.below)});
  }
  return rows.Render();
}

}  // namespace

std::string CollectiveTitle(const CollectiveHeading& heading, const CollectiveTable& table) {
  const std::string groups =
      table.groups > 1 ? absl::StrCat(table.groups, " groups of ", table.ranks, " ranks at once")
                       : absl::StrCat(table.ranks, " ranks");
  return absl::StrCat(CollectiveOpName(heading.op), " on ", heading.system, ", ", groups, ", ",
                      heading.nodes, heading.nodes == 1 ? " node" : " nodes");
}

std::string CollectivePage(const CollectiveHeading& heading, const CollectiveTable& table) {
  const std::vector<CollectiveCrossover>& crossovers =
      table.comparison ? table.comparison->crossovers : table.crossovers;
  const HtmlSection plot = {.id = "plot",
                            .heading = "Bus bandwidth over size",
                            .note = "GB/s as nccl-tests defines it; sizes in bytes",
                            .body = Plot(heading, table)};
  const HtmlSection crossing = {
      .id = "crossovers", .heading = "Where the choice changes", .body = Crossovers(crossovers)};
  const HtmlSection rows = {
      .id = "sizes", .heading = "Sizes", .note = "What ran at each size", .body = Rows(table)};
  const std::string title = CollectiveTitle(heading, table);
  return HtmlPage(title, absl::StrCat("<header><h1>", EscapeHtml(title), "</h1></header>\n",
                                      Render(plot), Render(crossing), Render(rows)));
}

absl::Status WriteCollectiveReport(const CollectiveHeading& heading, const CollectiveTable& table,
                                   const std::string& directory) {
  return WriteReportFile(directory, "collective.html", CollectivePage(heading, table));
}

}  // namespace tessera
