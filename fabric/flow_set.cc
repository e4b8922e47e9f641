#include "fabric/flow_set.h"

#include <algorithm>

#include "fabric/calendar.h"
#include "fabric/max_min_solver.h"

namespace tessera {

std::vector<Time> FinishTimes(absl::Span<const Bandwidth> capacities,
                              absl::Span<const LoneFlow> flows) {
  std::vector<RateUnits> rates;
  for (const Bandwidth capacity : capacities) rates.push_back(ToRateUnits(capacity));
  MaxMinSolver solver(rates);
  Calendar<uint64_t> starts;
  for (size_t f = 0; f < flows.size(); ++f) starts.Push(flows[f].start + flows[f].latency, f);

  std::vector<Time> finishes(flows.size());
  std::vector<uint64_t> starting;
  std::vector<uint64_t> finished;
  while (true) {
    const Time now = std::min(starts.next(), solver.next_finish());
    if (now == MaxMinSolver::kNever) break;
    finished.clear();
    solver.TakeFinished(now, finished);
    starting.clear();
    if (starts.next() == now) starts.TakeNext(starting);
    for (const uint64_t f : starting) {
      const LoneFlow& flow = flows[f];
      if (flow.bytes == Bytes() || flow.route.empty()) {
        finished.push_back(f);
      } else {
        const bool capped = flow.rate_cap != Bandwidth();
        solver.Add({.work = ToWorkUnits(flow.bytes),
                    .route = flow.route,
                    .coefficients = flow.coefficients,
                    .cap = capped ? ToRateUnits(flow.rate_cap) : kNoRate,
                    .tag = f},
                   now);
      }
    }
    for (const uint64_t f : finished) finishes[f] = now;
    solver.Solve(now);
  }
  return finishes;
}

}  // namespace tessera
