#include "fabric/quotient.h"

#include <algorithm>

#include "core/check.h"
#include "fabric/prepared_schedule.h"
#include "fabric/schedule_runner.h"

namespace tessera {
namespace {

// A schedule in which class k is a transfer between rank k and itself: so the end of a rank is that
// of a class.
Schedule ScheduleOf(const Quotient& quotient) {
  Schedule schedule;
  schedule.algorithm = "quotient";
  schedule.ranks = static_cast<int>(quotient.transfers.size());
  schedule.transfers.reserve(quotient.transfers.size());
  for (const Quotient::TransferClass& k : quotient.transfers) {
    Transfer& transfer = schedule.transfers.emplace_back();
    transfer.source = transfer.target = static_cast<int32_t>(schedule.transfers.size()) - 1;
    transfer.bytes = k.bytes;
    transfer.first_predecessor = static_cast<int32_t>(schedule.predecessors.size());
    transfer.predecessor_count = static_cast<int32_t>(k.predecessors.size());
    schedule.predecessors.insert(schedule.predecessors.end(), k.predecessors.begin(),
                                 k.predecessors.end());
  }
  return schedule;
}

// Where the classes go, and the numbers that the routes point into.
struct Routes {
  explicit Routes(const Quotient& quotient) {
    size_t crossings = 0;
    for (const Quotient::TransferClass& k : quotient.transfers) crossings += k.crossings.size();
    links.reserve(crossings);
    coefficients.reserve(crossings);
    routes.reserve(quotient.transfers.size());
    for (const Quotient::TransferClass& k : quotient.transfers) Add(k);
  }

  void Add(const Quotient::TransferClass& k) {
    const size_t first = links.size();
    for (const Quotient::Crossing& c : k.crossings) {
      links.push_back(c.link);
      coefficients.push_back(c.coefficient);
    }
    routes.push_back({.links = absl::MakeConstSpan(links).subspan(first),
                      .coefficients = absl::MakeConstSpan(coefficients).subspan(first),
                      .head = k.head,
                      .tail = k.tail,
                      .leaves_node = k.leaves_node});
  }

  std::vector<int32_t> links;
  std::vector<int32_t> coefficients;
  std::vector<PairRoute> routes;
};

}  // namespace

QuotientRun RunQuotient(const Quotient& quotient, const TransferCosts& costs) {
  const Schedule schedule = ScheduleOf(quotient);
  const PreparedSchedule prepared(schedule);
  const Routes routes(quotient);
  std::vector<RateUnits> capacities;
  std::vector<int32_t> shares;
  for (const Quotient::LinkClass& link : quotient.links) {
    capacities.push_back(link.capacity);
    shares.push_back(link.shares);
  }
  ScheduleRunner runner(capacities, shares);
  std::vector<ScheduleRunner::RankEnd> ends;
  runner.Start({.schedule = &prepared, .routes = routes.routes, .costs = costs}, Time{}, ends);
  runner.AdvanceTo(Time::max(), ends);
  QuotientRun run;
  run.transfer_ends.resize(quotient.transfers.size());
  Time last{};
  for (const ScheduleRunner::RankEnd& end : ends) {
    last = std::max(last, end.at);
    if (end.rank == ScheduleRunner::RankEnd::kRunEnd) {
      run.end = end.at - Time{};
    } else {
      run.transfer_ends[static_cast<size_t>(end.rank)] = end.at - Time{};
    }
  }
  TESSERA_CHECK(ends.size() == quotient.transfers.size() + 1);
  for (size_t l = 0; l < quotient.links.size(); ++l) {
    run.use.push_back(runner.UseOf(static_cast<int32_t>(l), last));
  }
  return run;
}

}  // namespace tessera
