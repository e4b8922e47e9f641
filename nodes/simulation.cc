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
#include "nodes/execution.h"
#include "nodes/headline.h"
#include "nodes/link_timeline.h"
#include "topology/build.h"

namespace tessera {
namespace {

// A collective job is a program of one call among all ranks.
absl::StatusOr<LoweredJob> LowerCollective(const CollectiveJob& job, int ranks) {
  LoweredJob lowered;
  lowered.plan.data = ranks;
  TESSERA_ASSIGN_OR_RETURN(const CollectiveOp op, ParseCollectiveOp(job.op));
  lowered.programs.labels = {job.op};
  lowered.programs.programs = {{{{.kind = InstructionKind::kCollective,
                                  .axis = Axis::kWorld,
                                  .op = op,
                                  .bytes = job.bytes}}}};
  lowered.programs.program_of_rank.assign(static_cast<size_t>(ranks), 0);
  return lowered;
}

absl::StatusOr<LoweredJob> LowerAny(const ScenarioSpec& scenario, bool ignore_fit) {
  if (const auto* collective = std::get_if<CollectiveJob>(&scenario.job)) {
    return LowerCollective(*collective, RanksOf(scenario));
  }
  TESSERA_ASSIGN_OR_RETURN(const auto chip, MakeChipModel(scenario.system.chip));
  return Lower(scenario, *chip, ignore_fit);
}

// A job that is nothing but a collective is launched as nccl-tests does unless it says otherwise.
absl::StatusOr<CollectiveRequest> RequestDefaults(const ScenarioSpec& scenario) {
  CollectiveRequest defaults;
  defaults.library = scenario.software.library;
  const auto* job = std::get_if<CollectiveJob>(&scenario.job);
  if (job == nullptr) return defaults;
  defaults.algorithm = job->algorithm;
  if (!job->library.empty()) defaults.library = job->library;
  defaults.element_bytes = job->element_bytes;
  defaults.harness = Harness::kNcclTests;
  if (!job->harness.empty()) {
    TESSERA_ASSIGN_OR_RETURN(defaults.harness, ParseHarness(job->harness));
  }
  return defaults;
}

std::vector<Bytes> LinkBytes(const Topology& topology, Fabric& fabric,
                             const TrafficRecord& traffic) {
  std::vector<Bytes> bytes = traffic.UnexecutedBytes(topology);
  const absl::Span<const LinkUse> executed = fabric.link_use();
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] += executed[i].bytes;
  return bytes;
}

std::array<std::optional<Tier>, kAxisCount> TiersOfAxes(const Topology& topology,
                                                        const TrafficRecord& traffic) {
  std::array<std::optional<Tier>, kAxisCount> tiers{};
  for (const Exchange& exchange : traffic.exchanges()) {
    std::optional<Tier>& tier = tiers[static_cast<size_t>(exchange.axis)];
    VisitLinks(exchange, topology, [&](LinkId link, Bytes) {
      const Tier crossed = topology.links()[static_cast<size_t>(link)].tier;
      if (!tier.has_value() || *tier < crossed) tier = crossed;
    });
  }
  return tiers;
}

std::string Bottleneck(const ScenarioSpec& scenario, const Topology& topology,
                       const TrafficRecord& traffic, const SimulationResult& result) {
  BottleneckInput input{.makespan = result.makespan,
                        .breakdown = result.breakdown,
                        .tiers = result.tiers,
                        .collectives = result.collectives,
                        .work = WorkOf(result.job.programs),
                        .tier_of_axis = TiersOfAxes(topology, traffic)};
  if (const auto precision = ComputePrecision(scenario)) {
    const auto peak = PeakRate(scenario.system, *precision);
    input.peak_flops_per_second = peak.value_or(HighestRate(scenario.system.chip)).value();
  }
  if (!scenario.system.chip.memory.empty()) {
    const Bandwidth bandwidth = scenario.system.chip.memory.front().bandwidth;
    input.memory_bytes_per_second =
        static_cast<double>(bandwidth.bytes_per_second()) / scenario.system.ranks_per_chip;
  }
  return NameBottleneck(input);
}

void TakeRecord(ExecutionRecord& record, SimulationResult& result) {
  result.makespan = record.makespan;
  result.interrupted = record.interrupted;
  result.events = record.events;
  result.spans = std::move(record.spans);
  for (const auto& [label, time] : record.marks) {
    result.marks.emplace_back(result.job.programs.labels[static_cast<size_t>(label)], time);
  }
  for (const RankTime& rank : record.ranks) result.rank_busy.push_back(rank.compute.total);
  result.breakdown = AverageTime(record.ranks, result.makespan);
  result.collectives = record.traffic.Table();
}

// Everything but the job, which `result` has already.
absl::Status Summarise(const ScenarioSpec& scenario, const Topology& topology,
                       const std::vector<Bytes>& link_bytes, ExecutionRecord record,
                       SimulationResult& result) {
  TakeRecord(record, result);
  if (result.makespan == Duration::zero()) return absl::OkStatus();
  result.tiers = SummariseTiers(topology, link_bytes, result.makespan);
  result.timelines = LinkTimelines(topology, result.tiers, record.traffic, result.makespan);
  result.headline = HeadlineOf(scenario, result);
  result.bottleneck = Bottleneck(scenario, topology, record.traffic, result);
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
  const int all_chips = scenario.nodes * scenario.system.chips_per_node;
  const int chips = scenario.chips > 0 ? scenario.chips : all_chips;
  TESSERA_ASSIGN_OR_RETURN(const auto topology,
                           BuildTopology(scenario.system, scenario.nodes, chips));
  TESSERA_ASSIGN_OR_RETURN(CollectiveRequest defaults, RequestDefaults(scenario));
  TESSERA_ASSIGN_OR_RETURN(const auto library,
                           MakeCommunicationLibrary(scenario.system, *topology, defaults.library));
  SimulationResult result;
  TESSERA_ASSIGN_OR_RETURN(result.job, LowerAny(scenario, options.ignore_fit));
  const RankMap ranks(result.job.plan, RanksOf(scenario));
  Engine engine;
  const std::unique_ptr<Fabric> fabric = MakeFluidFabric(engine, *topology);
  TESSERA_ASSIGN_OR_RETURN(ExecutionRecord record,
                           Execute({.programs = result.job.programs,
                                    .ranks = ranks,
                                    .topology = *topology,
                                    .library = *library,
                                    .defaults = std::move(defaults),
                                    .ranks_per_chip = scenario.system.ranks_per_chip,
                                    .options = options},
                                   engine, *fabric));
  const std::vector<Bytes> link_bytes = LinkBytes(*topology, *fabric, record.traffic);
  TESSERA_RETURN_IF_ERROR(Summarise(scenario, *topology, link_bytes, std::move(record), result));
  return result;
}

}  // namespace tessera
