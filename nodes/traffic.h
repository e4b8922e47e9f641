// The traffic of a run as its sender sees it: which exchanges were made, when, how often. Feeds the
// collective table and the timelines of links.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "collectives/collective.h"
#include "core/byte_codec.h"
#include "core/units.h"
#include "nodes/simulation.h"
#include "partition/plan.h"
#include "topology/topology.h"

namespace tessera {

using ExchangeId = int32_t;

// A schedule among certain endpoints; executed many times.
struct Exchange {
  CollectiveOp op = CollectiveOp::kAllReduce;
  Axis axis = Axis::kTensor;
  int ranks = 0;
  Bytes bytes{};  // As collective sizes are stated; all_to_allv: mean over its sources.
  std::string algorithm{};
  std::shared_ptr<const Schedule> schedule{};
  std::vector<VertexId> endpoints{};
};

// What one fabric domain has executed.
class TrafficLog {
 public:
  // `count` executions one after the other.
  struct Run {
    ExchangeId exchange = 0;
    int32_t count = 1;
    Time begin{};
    Time end{};
  };
  struct Totals {
    int64_t calls = 0;
    int64_t unexecuted = 0;  // Those that the fabric was not asked to execute: all but the first.
    Duration time{};
  };

  void Add(const Run& run);
  void Add(const TrafficLog& other);
  Totals TotalsOf(ExchangeId exchange) const {
    const auto at = static_cast<size_t>(exchange);
    return at < totals_.size() ? totals_[at] : Totals{};
  }
  // In the order of (end, begin, exchange) after SortRuns. Empty if there are more than kMaxRuns.
  const std::vector<Run>& runs() const { return runs_; }
  void SortRuns();
  static constexpr size_t kMaxRuns = 2'000'000;

  void Pack(ByteWriter& to) const;
  absl::Status Unpack(ByteReader& from);

 private:
  Totals& TotalsAt(ExchangeId exchange);
  void LimitRuns();

  std::vector<Totals> totals_;  // By exchange.
  std::vector<Run> runs_;
  bool too_many_runs_ = false;
};

// The traffic of a whole run, and what it was about.
class TrafficRecord {
 public:
  using Run = TrafficLog::Run;

  ExchangeId Register(Exchange exchange);
  void SetExchanges(std::deque<Exchange> exchanges) { exchanges_ = std::move(exchanges); }
  const Exchange& exchange(ExchangeId id) const { return exchanges_[static_cast<size_t>(id)]; }
  void Add(const Run& run) { log_.Add(run); }
  TrafficLog& log() { return log_; }

  // Equal operations along one axis with one size and algorithm (all_to_allv: any size) in one row,
  // longest total time first.
  std::vector<CollectiveSummary> Table() const;

  // Bytes on every link by the runs after the first of each `count`: those that the fabric was not
  // asked to execute.
  std::vector<Bytes> UnexecutedBytes(const Topology& topology) const;

  const std::deque<Exchange>& exchanges() const { return exchanges_; }
  // Empty in runs with more than TrafficLog::kMaxRuns of them.
  const std::vector<Run>& runs() const { return log_.runs(); }

 private:
  std::deque<Exchange> exchanges_;
  TrafficLog log_;
};

// Calls `visit(link, bytes)` for every link that every transfer of one execution crosses; where the
// topology spreads traffic over several ways, with each link's part of the bytes.
template <typename Visitor>
void VisitLinks(const Exchange& exchange, const Topology& topology, Visitor visit) {
  const bool spreads = topology.ways() > 1;
  for (const Transfer& transfer : exchange.schedule->transfers) {
    const VertexId source = exchange.endpoints[static_cast<size_t>(transfer.source)];
    const VertexId target = exchange.endpoints[static_cast<size_t>(transfer.target)];
    if (!spreads) {
      for (const LinkId link : topology.Route(source, target)) visit(link, transfer.bytes);
      continue;
    }
    const Topology::Spread spread = topology.SpreadOf(source, target);
    for (size_t i = 0; i < spread.links.size(); ++i) {
      const int64_t part = transfer.bytes.count() * spread.coefficients[i];
      visit(spread.links[i], Bytes(part / topology.SharesOf(spread.links[i])));
    }
  }
}

}  // namespace tessera
