#include "nodes/split_summary.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tessera {
namespace {

struct Totals {
  double busy = 0;
  double longest_busy = 0;
  double longest_loop = 0;  // Busy and waiting.
  int64_t events = 0;
  int64_t sent = 0;
  int64_t windows = 0;
};

Totals TotalsOf(const std::vector<PartitionLoad>& partitions) {
  Totals totals;
  for (const PartitionLoad& load : partitions) {
    totals.busy += load.busy_seconds;
    totals.longest_busy = std::max(totals.longest_busy, load.busy_seconds);
    totals.longest_loop = std::max(totals.longest_loop, load.busy_seconds + load.waiting_seconds);
    totals.events += load.events;
    totals.sent += load.events_sent;
    totals.windows = std::max(totals.windows, load.windows);
  }
  return totals;
}

// Of n processes, so many would do for the work if the largest part were as it is.
std::string WhatWouldHelp(const Totals& t, size_t processes) {
  const auto windows = static_cast<double>(std::max<int64_t>(1, t.windows));
  const double event = t.busy / static_cast<double>(std::max<int64_t>(1, t.events));
  const double exchange = std::max(0.0, t.longest_loop - t.longest_busy) / windows;
  const double per_window = static_cast<double>(t.events) / windows;
  // Without overlap, n processes break even when (1 - 1/n) of a window's events take as long as
  // its exchange.
  const double saved = event * (1 - 1 / static_cast<double>(processes));
  const double needed = saved > 0 ? exchange / saved : 0;
  std::string text;
  if (per_window < needed) {
    absl::StrAppendFormat(
        &text,
        "  what would help: a window costs %.0f us of waiting, which pays from about %.0f events; "
        "this run has %.1f.\n  Fewer processes or one; a finer network model or a larger machine "
        "has more events a window, longer links have longer windows.\n",
        exchange * 1e6, needed, per_window);
  }
  if (t.busy > 0 && t.longest_busy > 1.5 * t.busy / static_cast<double>(processes)) {
    absl::StrAppendFormat(&text,
                          "  one process has %.0f %% of the work: its network is one fabric domain "
                          "(links that share traffic) and cannot be divided.\n",
                          100 * t.longest_busy / t.busy);
  }
  return text;
}

bool IsUndivided(const std::vector<PartitionLoad>& partitions) {
  return std::all_of(partitions.begin() + 1, partitions.end(),
                     [](const PartitionLoad& load) { return load.logical_processes == 0; });
}

std::string WhyNotSplit(const std::vector<PartitionLoad>& partitions, int folded) {
  std::string text = absl::StrFormat("not split over %d processes: ", partitions.size());
  if (folded > 1) {
    absl::StrAppendFormat(
        &text, "each rank that runs stands for %d, and what is left is too small to divide",
        folded);
  } else {
    text +=
        "with packets, spraying, several queue pairs or links that fail, chips and network have no "
        "lookahead over each other";
  }
  absl::StrAppendFormat(&text, "\n  events took %.3f s of CPU on process 0: efficiency %.0f %%",
                        partitions[0].busy_seconds, 100 / static_cast<double>(partitions.size()));
  text += folded > 1 ? "; --fold off runs and divides every rank\n"
                     : "; fluid and analytic tiers with one way for each pair are divided\n";
  return text;
}

}  // namespace

std::string SplitSummary(const std::vector<PartitionLoad>& partitions, int folded) {
  if (partitions.size() < 2) return "";
  if (IsUndivided(partitions)) return WhyNotSplit(partitions, folded);
  const Totals t = TotalsOf(partitions);
  const auto n = static_cast<double>(partitions.size());
  const auto windows = static_cast<double>(std::max<int64_t>(1, t.windows));
  const double loop = std::max(t.longest_loop, 1e-9);
  std::string text = absl::StrFormat(
      "split over %d processes: %d windows, %.1f events a window, %.1f of them sent on\n"
      "  events took %.3f s of CPU in all and %.3f s of wall time: efficiency %.0f %%\n",
      partitions.size(), t.windows, static_cast<double>(t.events) / windows,
      static_cast<double>(t.sent) / windows, t.busy, loop, 100 * t.busy / (n * loop));
  for (size_t p = 0; p < partitions.size(); ++p) {
    const PartitionLoad& load = partitions[p];
    absl::StrAppendFormat(
        &text, "  process %d: %d logical processes, %d events, busy %.3f s, waiting %.3f s\n", p,
        load.logical_processes, load.events, load.busy_seconds, load.waiting_seconds);
  }
  if (loop <= t.busy) {
    absl::StrAppendFormat(&text, "  splitting pays: %.2f times as fast as one process\n",
                          t.busy / loop);
  } else {
    absl::StrAppendFormat(&text, "  splitting slows this run down %.1f times\n",
                          loop / std::max(t.busy, 1e-9));
  }
  return text + WhatWouldHelp(t, partitions.size());
}

}  // namespace tessera
