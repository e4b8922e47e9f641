#include "nodes/simulation.h"

#include <memory>
#include <utility>

#include "chips/chip_model.h"
#include "collectives/library.h"
#include "core/engine.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "nodes/bottleneck.h"
#include "nodes/bounds.h"
#include "nodes/breakdown.h"
#include "nodes/collective_job.h"
#include "nodes/execution.h"
#include "nodes/headline.h"
#include "nodes/link_timeline.h"
#include "partition/plan.h"
#include "topology/build.h"

namespace tessera {
namespace {

absl::StatusOr<LoweredJob> LowerJob(const ScenarioSpec& scenario, bool ignore_fit) {
  if (std::holds_alternative<CollectiveJob>(scenario.job)) return LowerCollective(scenario);
  TESSERA_ASSIGN_OR_RETURN(const auto chip, MakeChipModel(scenario.system.chip));
  return Lower(scenario, *chip, ignore_fit);
}

// Bytes on every link: what the fabric moved and the repetitions it was not asked to execute.
std::vector<Bytes> LinkBytes(const Topology& topology, Fabric& fabric,
                             const TrafficRecord& traffic) {
  std::vector<Bytes> bytes = traffic.UnexecutedBytes(topology);
  const absl::Span<const LinkUse> use = fabric.link_use();
  for (size_t link = 0; link < bytes.size(); ++link) bytes[link] += use[link].bytes;
  return bytes;
}

std::array<std::optional<Tier>, kAxisCount> TierOfAxis(const TrafficRecord& traffic,
                                                       const Topology& topology) {
  std::array<std::optional<Tier>, kAxisCount> tiers;
  for (const Exchange& exchange : traffic.exchanges()) {
    std::optional<Tier>& tier = tiers[static_cast<size_t>(exchange.axis)];
    VisitLinks(exchange, topology, [&](LinkId link, Bytes) {
      const Tier crossed = topology.links()[static_cast<size_t>(link)].tier;
      if (!tier.has_value() || crossed > *tier) tier = crossed;
    });
  }
  return tiers;
}

std::string Bottleneck(const ScenarioSpec& scenario, const SimulationResult& result,
                       const TrafficRecord& traffic, const Topology& topology) {
  const SystemSpec& system = scenario.system;
  BottleneckInput input{.makespan = result.makespan,
                        .breakdown = result.breakdown,
                        .tiers = result.tiers,
                        .collectives = result.collectives,
                        .work = WorkOf(result.job.programs),
                        .tier_of_axis = TierOfAxis(traffic, topology)};
  if (const std::optional<Precision> precision = ComputePrecision(scenario)) {
    input.peak_flops_per_second = PeakRate(system, *precision).value_or(FlopRate(0)).value();
  }
  if (!system.chip.memory.empty()) {
    input.memory_bytes_per_second =
        static_cast<double>(system.chip.memory.front().bandwidth.bytes_per_second()) /
        system.ranks_per_chip;
  }
  return NameBottleneck(input);
}

// Everything that is derived from a record of the run.
absl::Status Derive(const ScenarioSpec& scenario, const Topology& topology,
                    absl::Span<const Bytes> link_bytes, ExecutionRecord& record,
                    SimulationResult& result) {
  result.makespan = record.makespan;
  result.events = record.events;
  result.interrupted = record.interrupted;
  result.spans = std::move(record.spans);
  for (const auto& [label, time] : record.marks) {
    result.marks.emplace_back(result.job.programs.labels[static_cast<size_t>(label)], time);
  }
  for (const RankTime& rank : record.ranks) {
    Duration busy{};
    for (const Duration part : rank.compute.by_class) busy += part;
    result.rank_busy.push_back(busy);
  }
  if (result.makespan == Duration::zero()) return absl::OkStatus();
  result.breakdown = AverageTime(record.ranks, result.makespan);
  result.tiers = SummariseTiers(topology, link_bytes, result.makespan);
  result.timelines = LinkTimelines(topology, result.tiers, record.traffic, result.makespan);
  result.collectives = record.traffic.Table();
  result.headline = HeadlineOf(scenario, result);
  result.bottleneck = Bottleneck(scenario, result, record.traffic, topology);
  if (result.interrupted) return absl::OkStatus();
  TESSERA_ASSIGN_OR_RETURN(result.lower_bound,
                           CheckBounds({.programs = result.job.programs,
                                        .chip = scenario.system.chip,
                                        .ranks_per_chip = scenario.system.ranks_per_chip,
                                        .topology = topology,
                                        .link_bytes = link_bytes,
                                        .makespan = result.makespan}));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SimulationResult> Simulate(const ScenarioSpec& scenario,
                                          const SimulationOptions& options) {
  const SystemSpec& system = scenario.system;
  SimulationResult result;
  TESSERA_ASSIGN_OR_RETURN(result.job, LowerJob(scenario, options.ignore_fit));
  const int ranks = RanksOf(scenario);
  TESSERA_ASSIGN_OR_RETURN(const auto topology,
                           BuildTopology(system, scenario.nodes, ranks / system.ranks_per_chip));
  TESSERA_ASSIGN_OR_RETURN(const auto library,
                           MakeCommunicationLibrary(system, *topology, scenario.software.library));
  TESSERA_ASSIGN_OR_RETURN(const CollectiveRequest defaults, CollectiveDefaults(scenario));
  Engine engine;
  const std::unique_ptr<Fabric> fabric = MakeFluidFabric(engine, *topology);
  const RankMap map(result.job.plan, ranks);
  const ExecutionSetup setup{.programs = result.job.programs,
                             .ranks = map,
                             .topology = *topology,
                             .library = *library,
                             .defaults = defaults,
                             .ranks_per_chip = system.ranks_per_chip,
                             .options = options};
  TESSERA_ASSIGN_OR_RETURN(ExecutionRecord record, Execute(setup, engine, *fabric));
  const std::vector<Bytes> bytes = LinkBytes(*topology, *fabric, record.traffic);
  TESSERA_RETURN_IF_ERROR(Derive(scenario, *topology, bytes, record, result));
  return result;
}

}  // namespace tessera
