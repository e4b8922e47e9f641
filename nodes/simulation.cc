#include "nodes/simulation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectives/library.h"
#include "core/memory_transport.h"
#include "core/status_macros.h"
#include "core/window_transport.h"
#include "nodes/bottleneck.h"
#include "nodes/bounds.h"
#include "nodes/breakdown.h"
#include "nodes/execution.h"
#include "nodes/fold.h"
#include "nodes/headline.h"
#include "nodes/link_timeline.h"
#include "nodes/scenario_fabric.h"
#include "partition/chip_in_use.h"
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
  TESSERA_ASSIGN_OR_RETURN(const auto chip, MakeChipInUse(scenario));
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

std::vector<Bytes> LinkBytes(const Topology& topology, const ExecutionRecord& record) {
  std::vector<Bytes> bytes = record.traffic.UnexecutedBytes(topology);
  for (size_t i = 0; i < record.fabric_bytes.size(); ++i) bytes[i] += record.fabric_bytes[i];
  return bytes;
}

std::array<CrossedTiers, kAxisCount> TiersOfAxes(const Topology& topology,
                                                 const TrafficRecord& traffic) {
  std::array<CrossedTiers, kAxisCount> tiers{};
  for (const Exchange& exchange : traffic.exchanges()) {
    CrossedTiers& crossed = tiers[static_cast<size_t>(exchange.axis)];
    VisitLinks(exchange, topology, [&](LinkId link, Bytes) {
      crossed[static_cast<size_t>(topology.links()[static_cast<size_t>(link)].tier)] = true;
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
                        .tiers_of_axis = TiersOfAxes(topology, traffic),
                        .interrupted = result.interrupted};
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

// What the network did about links that failed.
void NoteReroutes(const ExecutionRecord& record, SimulationResult& result) {
  if (record.stopped > 0) {
    result.job.assumptions.push_back(
        absl::StrCat(record.stopped,
                     " transfers were under way when a link of theirs went down; what had left "
                     "its source counts as arrived"));
  }
  if (record.rerouted > 0) {
    result.job.assumptions.push_back(
        absl::StrCat(record.rerouted, " transfers went round links that were down"));
  }
}

void TakeRecord(ExecutionRecord& record, SimulationResult& result) {
  NoteReroutes(record, result);
  result.makespan = record.makespan;
  result.interrupted = record.interrupted;
  result.events = record.events;
  result.partitions = std::move(record.partitions);
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
  TESSERA_RETURN_IF_ERROR(
      CheckAnalyticLoad(scenario.fabric, topology, link_bytes, result.makespan));
  TESSERA_ASSIGN_OR_RETURN(result.lower_bound,
                           CheckBounds({.programs = result.job.programs,
                                        .chip = scenario.system.chip,
                                        .ranks_per_chip = scenario.system.ranks_per_chip,
                                        .topology = topology,
                                        .link_bytes = link_bytes,
                                        .makespan = result.makespan}));
  return absl::OkStatus();
}

std::optional<Fold> ChooseFold(const ScenarioSpec& scenario, const LoweredJob& job,
                               const SimulationOptions& options) {
  if (options.folding == Folding::kOff || RanksOf(scenario) <= options.fold_above_ranks) {
    return std::nullopt;
  }
  // Folds are proven for fluid sharing and routes that look at destinations alone.
  if (scenario.fabric != FabricSpec{} || !scenario.faults.empty()) return std::nullopt;
  if (scenario.system.inside.any()) return std::nullopt;
  std::optional<Fold> fold = FoldOf(scenario, job);
  if (fold && !fold->exact && options.folding == Folding::kExact) return std::nullopt;
  return fold;
}

// Programs of the ranks that run: the first ones of every stage.
std::vector<int32_t> FoldedPrograms(const std::vector<int32_t>& program_of_rank, const Fold& fold) {
  const size_t stage = program_of_rank.size() / static_cast<size_t>(fold.plan.pipeline);
  std::vector<int32_t> folded;
  for (size_t first = 0; first < program_of_rank.size(); first += stage) {
    const auto begin = program_of_rank.begin() + static_cast<int64_t>(first);
    folded.insert(folded.end(), begin, begin + static_cast<int64_t>(stage) / fold.factor);
  }
  return folded;
}

// From the ranks that ran to all ranks.
void Unfold(const Fold& fold, SimulationResult& result) {
  result.folded = fold.factor;
  result.job.assumptions.push_back(absl::StrCat(
      "equal data parallel replicas were simulated once, each standing for ", fold.factor,
      fold.exact ? " (exact)" : " (longer ways between leaves neglected)"));
  for (TierSummary& tier : result.tiers) tier.bytes = tier.bytes * fold.factor;
  for (CollectiveSummary& row : result.collectives) {
    const int times = fold.factor / std::max(1, fold.of_axis[static_cast<size_t>(row.axis)]);
    row.groups *= times;
    row.calls *= times;
    row.total *= times;
  }
}

// Runs the lowered job of `result` on `machine` and fills in the rest.
absl::Status Run(const ScenarioSpec& scenario, const SimulationOptions& options, const Fold* fold,
                 SimulationResult& result) {
  const ScenarioSpec& machine = fold != nullptr ? fold->machine : scenario;
  const int all_chips = machine.nodes * machine.system.chips_per_node;
  const int chips = machine.chips > 0 ? machine.chips : all_chips;
  TESSERA_ASSIGN_OR_RETURN(const auto topology, BuildTopology(machine.system, machine.nodes, chips,
                                                              RoutingOf(scenario.fabric)));
  TESSERA_ASSIGN_OR_RETURN(CollectiveRequest defaults, RequestDefaults(scenario));
  TESSERA_ASSIGN_OR_RETURN(const auto library,
                           MakeCommunicationLibrary(machine.system, *topology, defaults.library));
  const RankMap ranks(fold != nullptr ? fold->plan : result.job.plan, RanksOf(machine));
  TESSERA_ASSIGN_OR_RETURN(const FabricMaker make_fabric, FabricMakerOf(scenario, *topology));
  TESSERA_ASSIGN_OR_RETURN(SlowRanks slow_ranks, SlowRanksOf(scenario.faults, *topology,
                                                             scenario.system.ranks_per_vertex()));
  std::vector<int32_t>& programs = result.job.programs.program_of_rank;
  std::vector<int32_t> of_all_ranks = programs;
  if (fold != nullptr) programs = FoldedPrograms(programs, *fold);
  absl::StatusOr<ExecutionRecord> record =
      Execute({.programs = result.job.programs,
               .ranks = ranks,
               .topology = *topology,
               .library = *library,
               .defaults = std::move(defaults),
               .exchange = scenario.software.exchange,
               .ranks_per_vertex = scenario.system.ranks_per_vertex(),
               .options = options,
               .fold = fold != nullptr ? fold->of_axis : std::array<int, kAxisCount>{},
               .slow_ranks = std::move(slow_ranks),
               .make_fabric = make_fabric,
               .fabric_has_lookahead = HasLookahead(scenario, *topology)});
  programs.swap(of_all_ranks);
  TESSERA_RETURN_IF_ERROR(record.status());
  if (options.transport != nullptr && options.transport->self() != 0) return absl::OkStatus();
  const std::vector<Bytes> link_bytes = LinkBytes(*topology, *record);
  TESSERA_RETURN_IF_ERROR(Summarise(scenario, *topology, link_bytes, *std::move(record), result));
  if (fold != nullptr) Unfold(*fold, result);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SimulationResult> Simulate(const ScenarioSpec& scenario,
                                          const SimulationOptions& options) {
  SimulationResult result;
  TESSERA_ASSIGN_OR_RETURN(result.job, LowerAny(scenario, options.ignore_fit));
  if (const std::optional<Fold> fold = ChooseFold(scenario, result.job, options)) {
    const absl::Status status = Run(scenario, options, &*fold, result);
    if (status.ok()) return result;
    // Else some algorithm does not fold.
    if (!absl::IsFailedPrecondition(status)) return status;
  }
  TESSERA_RETURN_IF_ERROR(Run(scenario, options, nullptr, result));
  return result;
}

absl::StatusOr<SimulationResult> SimulateOnThreads(const ScenarioSpec& scenario,
                                                   const SimulationOptions& options,
                                                   int partitions) {
  absl::StatusOr<SimulationResult> result = absl::UnknownError("not run");
  const absl::Status status = RunOnThreads(partitions, [&](WindowTransport& transport) {
    SimulationOptions own = options;
    own.transport = &transport;
    if (transport.self() != 0) own.on_progress = nullptr;
    absl::StatusOr<SimulationResult> mine = Simulate(scenario, own);
    absl::Status end = mine.status();
    if (transport.self() == 0) result = std::move(mine);
    return end;
  });
  TESSERA_RETURN_IF_ERROR(status);
  return result;
}

}  // namespace tessera
