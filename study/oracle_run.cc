#include "study/oracle_run.h"

#include <algorithm>
#include <cmath>

#include "fabric/flow_set.h"
#include "partition/tabulated_plan.h"
#include "study/astra_oracle.h"
#include "study/noc_case.h"
#include "study/packet_case.h"

namespace tessera {
namespace {

Duration FromSeconds(double seconds) {
  return Duration(static_cast<int64_t>(std::llround(seconds * 1e12)));
}

std::vector<double> RunFluid(const FluidOracle& fluid) {
  std::vector<Bandwidth> capacities;
  for (const int64_t rate : fluid.link_bytes_per_s) {
    capacities.push_back(Bandwidth::BytesPerSecond(rate));
  }
  std::vector<LoneFlow> flows;
  for (const OracleFlow& flow : fluid.flows) {
    const double latency = fluid.link_latency_s * static_cast<double>(flow.links.size());
    LoneFlow& lone = flows.emplace_back();
    lone.start = Time(FromSeconds(flow.start_s));
    lone.latency = FromSeconds(latency);
    lone.bytes = Bytes(std::llround(flow.bytes));
    lone.route.assign(flow.links.begin(), flow.links.end());
  }
  std::vector<double> finishes;
  for (const Time finish : FinishTimes(capacities, flows)) finishes.push_back(ToSeconds(finish));
  return finishes;
}

// Prices the plans of the case, then looks through the whole space.
std::vector<double> RunSearch(const SearchOracle& search) {
  std::vector<double> answers;
  for (const TabulatedPlan& plan : search.plans) {
    const TabulatedCost cost = CostOfTabulated(plan, search.model, search.machine);
    answers.push_back(cost.seconds);
    answers.push_back(cost.memory_bytes);
  }
  int64_t evaluated = 0;
  int64_t feasible = 0;
  double best = 0;
  VisitTabulatedPlans({search.processors, search.max_batch}, search.model, search.machine,
                      [&](const TabulatedPlan& plan) {
                        ++evaluated;
                        if (!FitsNetworks(plan, search.machine)) return;
                        const TabulatedCost cost =
                            CostOfTabulated(plan, search.model, search.machine);
                        if (cost.memory_bytes > search.machine.memory_bytes) return;
                        ++feasible;
                        best = std::max(best, cost.samples_per_second);
                      });
  for (const int64_t count : {evaluated, feasible}) answers.push_back(static_cast<double>(count));
  answers.push_back(best);
  return answers;
}

}  // namespace

absl::StatusOr<std::vector<double>> RunOracle(const OracleCase& c) {
  if (c.fluid) return RunFluid(*c.fluid);
  if (c.noc) return RunNoc(*c.noc);
  if (c.search) return RunSearch(*c.search);
  if (c.astra) return RunAstraOracle(c);
  if (c.packet) return RunPackets(*c.packet);
  return absl::UnimplementedError("no room runs cases of this schema yet");
}

}  // namespace tessera
