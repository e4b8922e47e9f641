#include "report/summary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectives/collective.h"
#include "report/amount_text.h"
#include "report/energy_text.h"
#include "report/request_text.h"
#include "report/sources.h"
#include "report/text_lines.h"
#include "report/time_parts.h"
#include "study/text_table.h"

namespace tessera {
namespace {

constexpr size_t kShownCollectives = 6;
constexpr int kBarWidth = 40;

class SummaryWriter {
 public:
  SummaryWriter(const RunReport& report, const SummaryStyle& style)
      : scenario_(report.scenario), result_(report.result), report_(report), style_(style) {}

  std::string Write() {
    absl::StrAppend(&out_, "\n", Bold(Title(scenario_, result_)), "\n");
    WriteFacts(RequestFacts(scenario_, result_), false);
    if (result_.interrupted) Heading("Interrupted", "what follows is what was reached");
    Heading("Result", "");
    WriteFacts(HeadlineFacts(result_), true);
    Heading("Bottleneck", "");
    absl::StrAppend(&out_, Wrap(result_.bottleneck, TextColumns(), "  "));
    WriteMemory();
    WriteTime();
    WriteEnergy();
    WriteTraffic();
    WriteCollectives();
    WriteRanks();
    WriteAssumptions();
    WriteRun();
    return std::move(out_);
  }

 private:
  size_t TextColumns() const { return static_cast<size_t>(std::max(20, style_.columns - 2)); }
  std::string Colour(const char* code, const std::string& text) const {
    return style_.colour ? absl::StrCat("\033[", code, "m", text, "\033[0m") : text;
  }
  std::string Bold(const std::string& text) const { return Colour("1", text); }
  std::string Dim(const std::string& text) const { return Colour("2", text); }

  void Heading(const std::string& name, const std::string& note) {
    absl::StrAppend(&out_, "\n", Bold(name), note.empty() ? "" : "  ", Dim(note), "\n");
  }

  void WriteFacts(const Facts& facts, bool right) {
    TextTable table({{.align = Align::kLeft}, {.align = right ? Align::kRight : Align::kLeft}});
    size_t label_width = 0;
    for (const auto& [label, text] : facts) label_width = std::max(label_width, label.size());
    // Two blanks before and after the label.
    const size_t width = TextColumns() - label_width - 2;
    for (const auto& [label, text] : facts) {
      const std::vector<std::string> lines =
          absl::StrSplit(absl::StripSuffix(Wrap(text, width, ""), "\n"), '\n');
      for (size_t i = 0; i < lines.size(); ++i) table.AddRow({i == 0 ? label : "", lines[i]});
    }
    absl::StrAppend(&out_, table.Text(2));
  }

  // Name, size, share, bar.
  static TextTable PartsTable() {
    return TextTable({{.align = Align::kLeft},
                      {.align = Align::kRight},
                      {.align = Align::kRight},
                      {.align = Align::kLeft}});
  }

  void WriteMemory() {
    const MemoryUse& memory = result_.job.memory;
    if (memory.capacity == Bytes()) return;
    const auto share = [&memory](Bytes bytes) {
      return static_cast<double>(bytes.count()) / static_cast<double>(memory.capacity.count());
    };
    Heading("Memory per chip",
            absl::StrCat("rank ", memory.rank, " is fullest: ", MemoryText(memory.total), " of ",
                         MemoryText(memory.capacity), ", ", PercentText(share(memory.total))));
    TextTable table = PartsTable();
    for (int c = 0; c < kTensorClassCount; ++c) {
      const Bytes bytes = memory.by_class[static_cast<size_t>(c)];
      if (bytes == Bytes()) continue;
      table.AddRow({TensorClassName(static_cast<TensorClass>(c)), MemoryText(bytes),
                    PercentText(share(bytes)), Bar(share(bytes), kBarWidth)});
    }
    absl::StrAppend(&out_, table.Text(2));
  }

  void WriteTime() {
    Heading("Where the time went", absl::StrCat("average rank, ", DurationText(result_.makespan)));
    TextTable table = PartsTable();
    for (const TimePart& part : TimeParts(result_)) {
      table.AddRow({TimePartText(part), DurationText(part.time), PercentText(part.fraction),
                    Bar(part.fraction, kBarWidth)});
    }
    absl::StrAppend(&out_, table.Text(2));
  }

  void WriteEnergy() {
    const Facts facts = EnergyFacts(scenario_, result_);
    if (facts.empty()) return;
    Heading("Energy and money", "of the whole machine");
    WriteFacts(facts, false);
  }

  void WriteTraffic() {
    if (result_.tiers.empty()) return;
    Heading("Traffic", "bytes on every link crossed; use of link bandwidth over the run");
    TextTable table({{"tier"},
                     {"bytes", Align::kRight},
                     {"mean use", Align::kRight},
                     {"peak use", Align::kRight},
                     {"busiest link"}});
    for (const TierSummary& tier : result_.tiers) {
      table.AddRow({TierName(tier.tier), TrafficText(tier.bytes),
                    PercentText(tier.mean_utilisation), PercentText(tier.peak_utilisation),
                    tier.hottest.empty() ? "" : tier.hottest.front().name});
    }
    absl::StrAppend(&out_, table.Text(2));
  }

  void WriteCollectives() {
    const std::vector<CollectiveSummary>& rows = result_.collectives;
    if (rows.empty()) return;
    const size_t shown = std::min(rows.size(), kShownCollectives);
    Heading("Communication",
            shown < rows.size() ? absl::StrCat("the longest ", shown, " of ", rows.size(), " kinds")
                                : "");
    TextTable table({{"operation"},
                     {"axis"},
                     {"algorithm"},
                     {"ranks", Align::kRight},
                     {"calls", Align::kRight},
                     {"size", Align::kRight},
                     {"each", Align::kRight},
                     {"all, per group", Align::kRight}});
    for (size_t i = 0; i < shown; ++i) {
      const CollectiveSummary& row = rows[i];
      table.AddRow({std::string(CollectiveOpName(row.op)), AxisName(row.axis), row.algorithm,
                    CountText(row.ranks), CountText(row.calls / row.groups),
                    TrafficText(row.bytes_per_call), DurationText(row.total / row.calls),
                    DurationText(row.total / row.groups)});
    }
    absl::StrAppend(&out_, table.Text(2));
  }

  void WriteRanks() {
    const std::vector<Duration>& busy = result_.rank_busy;
    if (busy.size() < 2) return;
    const auto [min, max] = std::minmax_element(busy.begin(), busy.end());
    if (*min == *max) return;
    Heading("Ranks",
            absl::StrCat("compute time from ", DurationText(*min), " (rank ", min - busy.begin(),
                         ") to ", DurationText(*max), " (rank ", max - busy.begin(), ")"));
  }

  void WriteAssumptions() {
    std::vector<std::string> estimates;
    for (const SourceNote& note : SourcesOf(scenario_)) {
      if (note.provenance.confidence == Confidence::kEstimate) estimates.push_back(note.block);
    }
    if (estimates.empty() && result_.job.assumptions.empty()) return;
    Heading("Assumptions", "");
    for (const std::string& text : result_.job.assumptions) WriteItem(text);
    if (!estimates.empty()) {
      WriteItem(absl::StrCat("estimated figures: ", absl::StrJoin(estimates, "; ")));
    }
  }

  void WriteItem(const std::string& text) {
    std::string item = Wrap(text, TextColumns() - 2, "    ");
    item[2] = '-';
    absl::StrAppend(&out_, item);
  }

  void WriteRun() {
    std::string text = absl::StrCat(CountText(result_.events), " events");
    if (report_.wall_seconds > 0) {
      const double rate = static_cast<double>(result_.events) / report_.wall_seconds;
      absl::StrAppend(&text, " in ", AmountText(report_.wall_seconds), " s, ", AmountText(rate),
                      " events/s");
    }
    Heading("Run", text);
  }

  const ScenarioSpec& scenario_;
  const SimulationResult& result_;
  const RunReport& report_;
  const SummaryStyle style_;
  std::string out_;
};

}  // namespace

std::string Summary(const RunReport& report, const SummaryStyle& style) {
  return SummaryWriter(report, style).Write();
}

}  // namespace tessera
