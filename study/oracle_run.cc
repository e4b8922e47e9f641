#include "study/oracle_run.h"

#include <cmath>

#include "fabric/flow_set.h"
#include "study/noc_case.h"

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

}  // namespace

absl::StatusOr<std::vector<double>> RunOracle(const OracleCase& c) {
  if (c.fluid) return RunFluid(*c.fluid);
  if (c.noc) return RunNoc(*c.noc);
  return absl::UnimplementedError("no room runs cases of this schema yet");
}

}  // namespace tessera
