#include "nodes/traffic.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "core/status_macros.h"

namespace tessera {

TrafficLog::Totals& TrafficLog::TotalsAt(ExchangeId exchange) {
  totals_.resize(std::max(totals_.size(), static_cast<size_t>(exchange) + 1));
  return totals_[static_cast<size_t>(exchange)];
}

void TrafficLog::Add(const Run& run) {
  Totals& totals = TotalsAt(run.exchange);
  totals.calls += run.count;
  totals.unexecuted += run.count - 1;
  totals.time += run.end - run.begin;
  if (too_many_runs_) return;
  runs_.push_back(run);
  LimitRuns();
}

void TrafficLog::LimitRuns() {
  if (runs_.size() <= kMaxRuns && !too_many_runs_) return;
  too_many_runs_ = true;
  std::vector<Run>().swap(runs_);
}

void TrafficLog::Add(const TrafficLog& other) {
  for (size_t i = 0; i < other.totals_.size(); ++i) {
    Totals& totals = TotalsAt(static_cast<ExchangeId>(i));
    totals.calls += other.totals_[i].calls;
    totals.unexecuted += other.totals_[i].unexecuted;
    totals.time += other.totals_[i].time;
  }
  too_many_runs_ = too_many_runs_ || other.too_many_runs_;
  runs_.insert(runs_.end(), other.runs_.begin(), other.runs_.end());
  LimitRuns();
}

void TrafficLog::SortRuns() {
  std::stable_sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) {
    return std::tie(a.end, a.begin, a.exchange) < std::tie(b.end, b.begin, b.exchange);
  });
}

void TrafficLog::Pack(ByteWriter& to) const {
  to.WriteAll<Totals>(totals_);
  to.WriteAll<Run>(runs_);
  to.Write(too_many_runs_);
}

absl::Status TrafficLog::Unpack(ByteReader& from) {
  TESSERA_RETURN_IF_ERROR(from.ReadAll(totals_));
  TESSERA_RETURN_IF_ERROR(from.ReadAll(runs_));
  return from.Read(too_many_runs_);
}

ExchangeId TrafficRecord::Register(Exchange exchange) {
  exchanges_.push_back(std::move(exchange));
  return static_cast<ExchangeId>(exchanges_.size() - 1);
}

std::vector<CollectiveSummary> TrafficRecord::Table() const {
  using Key = std::tuple<CollectiveOp, Axis, std::string, int, int64_t>;
  absl::flat_hash_map<Key, size_t> row_of_key;
  std::vector<CollectiveSummary> rows;
  std::vector<Bytes> bytes;
  absl::flat_hash_set<std::pair<size_t, std::pair<VertexId, VertexId>>> groups;
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    const Exchange& exchange = exchanges_[i];
    const TrafficLog::Totals totals = log_.TotalsOf(static_cast<ExchangeId>(i));
    if (totals.calls == 0) continue;
    const bool any_size = exchange.op == CollectiveOp::kAllToAllV;
    const Key key(exchange.op, exchange.axis, exchange.algorithm, exchange.ranks,
                  any_size ? 0 : exchange.bytes.count());
    const auto [entry, added] = row_of_key.try_emplace(key, rows.size());
    if (added) {
      rows.push_back({.op = exchange.op,
                      .axis = exchange.axis,
                      .algorithm = exchange.algorithm,
                      .ranks = exchange.ranks});
      bytes.emplace_back();
    }
    CollectiveSummary& row = rows[entry->second];
    // Groups of one axis are disjoint; messages have the first two endpoints alone.
    const std::pair<VertexId, VertexId> ends(exchange.endpoints[0], exchange.endpoints[1]);
    if (groups.insert({entry->second, ends}).second) ++row.groups;
    row.calls += totals.calls;
    row.total += totals.time;
    bytes[entry->second] += exchange.bytes * totals.calls;
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].bytes_per_call = Bytes(bytes[i].count() / rows[i].calls);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.total > b.total; });
  return rows;
}

std::vector<Bytes> TrafficRecord::UnexecutedBytes(const Topology& topology) const {
  std::vector<Bytes> bytes(topology.links().size());
  for (size_t i = 0; i < exchanges_.size(); ++i) {
    const int64_t times = log_.TotalsOf(static_cast<ExchangeId>(i)).unexecuted;
    if (times == 0) continue;
    VisitLinks(exchanges_[i], topology,
               [&](LinkId link, Bytes each) { bytes[static_cast<size_t>(link)] += each * times; });
  }
  return bytes;
}

}  // namespace tessera
