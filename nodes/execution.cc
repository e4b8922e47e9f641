#include "nodes/execution.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/log.h"
#include "core/parallel_run.h"
#include "core/share_bytes.h"
#include "core/status_macros.h"
#include "core/window_transport.h"
#include "nodes/chip_event.h"
#include "nodes/compiled_program.h"
#include "nodes/pacing.h"
#include "nodes/partition_record.h"
#include "nodes/split.h"

namespace tessera {
namespace {

// In 40 MB of memory; a trace.json of them has 150 MB, which viewers still open.
constexpr int64_t kMostSpans = 1'000'000;

absl::Status CheckSetup(const ExecutionSetup& setup) {
  const ProgramSet& set = setup.programs;
  const int ranks = setup.ranks.ranks();
  if (static_cast<int>(set.program_of_rank.size()) != ranks) {
    return absl::InvalidArgumentError(absl::StrCat(
        set.program_of_rank.size(), " ranks have a program, the plan has ", ranks, " ranks"));
  }
  const int places = setup.topology.chips() * setup.ranks_per_vertex;
  if (ranks > places) {
    return absl::InvalidArgumentError(
        absl::StrCat(ranks, " ranks do not fit on a machine with room for ", places));
  }
  const auto programs = static_cast<int32_t>(set.programs.size());
  for (const int32_t program : set.program_of_rank) {
    if (program < 0 || program >= programs) {
      return absl::InvalidArgumentError(
          absl::StrCat("program ", program, " is not one of the ", programs, " programs"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CompiledProgram>> CompileAll(const ExecutionSetup& setup) {
  std::vector<CompiledProgram> compiled;
  for (size_t i = 0; i < setup.programs.programs.size(); ++i) {
    auto program = CompileProgram(setup.programs.programs[i], setup.programs,
                                  setup.ranks.GroupSize(Axis::kPipeline));
    if (!program.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("program ", i, ", ", program.status().message()));
    }
    compiled.push_back(*std::move(program));
  }
  return compiled;
}

// The chips and domains of one partition, with everything they share.
class Execution final : public OpenTransfers {
 public:
  Execution(const ExecutionSetup& setup, const RunPlan& plan, Split split)
      : setup_(setup), plan_(plan), split_(std::move(split)) {}

  absl::StatusOr<PartitionRecord> Run();

 private:
  int self() const { return setup_.options.transport == nullptr ? 0 : transport().self(); }
  WindowTransport& transport() const { return *setup_.options.transport; }
  void AddChips();
  void AddDomains();
  void Start();
  absl::Status RunWindows();
  absl::Status RunAlone();
  PartitionRecord Collect();

  Time Begun(GroupId group, uint32_t number) const override;
  Time Sent(int source, int target, int tag) const override;
  const FabricDomain* DomainHere(DomainId domain) const {
    return domains_[static_cast<size_t>(domain)].get();
  }

  const ExecutionSetup& setup_;
  const RunPlan& plan_;
  const Split split_;
  Engine engine_;
  SpanRecorder spans_;
  std::vector<std::pair<int, Time>> marks_;
  std::vector<std::pair<int, std::unique_ptr<ChipProcess>>> chips_;  // Of this partition, by rank.
  std::vector<std::unique_ptr<FabricDomain>> domains_;               // Null: elsewhere.
  PartitionLoad load_;
};

void Execution::AddChips() {
  std::vector<bool> traced(setup_.programs.programs.size());
  int traced_ranks = 0;
  for (int rank = 0; rank < plan_.ranks.ranks(); ++rank) {
    const auto program =
        static_cast<size_t>(setup_.programs.program_of_rank[static_cast<size_t>(rank)]);
    const bool trace = !traced[program] && traced_ranks < setup_.options.traced_ranks;
    if (trace) {
      traced[program] = true;
      ++traced_ranks;
    }
    if (split_.partition_of_chip[static_cast<size_t>(rank)] != self()) {
      engine_.AddRemote(1);
      continue;
    }
    chips_.emplace_back(
        rank, std::make_unique<ChipProcess>(
                  rank, plan_.ProgramOf(rank), ChipProcess::Parts{engine_, plan_, split_.domains},
                  ChipProcess::Observers{.spans = trace ? &spans_ : nullptr,
                                         .marks = rank == 0 ? &marks_ : nullptr}));
    engine_.Add(*chips_.back().second);
  }
  spans_.KeepOfEachRank(kMostSpans / std::max(1, traced_ranks));
}

void Execution::AddDomains() {
  domains_.resize(static_cast<size_t>(plan_.exchanges.domains()));
  for (DomainId d = 0; d < plan_.exchanges.domains(); ++d) {
    if (split_.partition_of_domain[static_cast<size_t>(d)] == self()) {
      domains_[static_cast<size_t>(d)] =
          std::make_unique<FabricDomain>(plan_, d, setup_.make_fabric, engine_);
    } else {
      engine_.AddRemote(ComponentsOf(d, plan_));
    }
  }
}

void Execution::Start() {
  for (const auto& [rank, chip] : chips_) {
    const auto id = static_cast<ComponentId>(rank);
    engine_.Send(id, Time{}, id, static_cast<uint32_t>(ChipEvent::kResume), 0);
  }
}

absl::Status Execution::RunWindows() {
  const auto stop = [this, last = std::chrono::steady_clock::now()]() mutable {
    const SimulationOptions& options = setup_.options;
    ReportProgress(engine_, options, last);
    return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
  };
  TESSERA_ASSIGN_OR_RETURN(const ParallelRunStatistics statistics,
                           RunPartition(engine_, split_.PartitionOfComponents(plan_),
                                        split_.Lookaheads(plan_, transport().partitions()),
                                        transport(), {.stop = stop}));
  load_.windows = statistics.windows;
  load_.idle_windows = statistics.idle_windows;
  load_.events_sent = statistics.events_sent;
  load_.busy_seconds = statistics.busy_seconds;
  load_.waiting_seconds = statistics.waiting_seconds;
  return absl::OkStatus();
}

// Partition 0 has it all.
absl::Status Execution::RunAlone() {
  TESSERA_RETURN_IF_ERROR(ShareBytes(transport(), "").status());  // All are there.
  const std::clock_t begin = std::clock();
  RunPaced(engine_, setup_.options);
  load_.busy_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  load_.windows = 1;
  return absl::OkStatus();
}

absl::StatusOr<PartitionRecord> Execution::Run() {
  AddChips();
  AddDomains();
  Start();
  if (setup_.options.transport == nullptr) {
    RunPaced(engine_, setup_.options);
  } else {
    TESSERA_RETURN_IF_ERROR(plan_.undivided() ? RunAlone() : RunWindows());
  }
  return Collect();
}

PartitionRecord Execution::Collect() {
  PartitionRecord record;
  record.now = engine_.now();
  record.interrupted = !engine_.empty();
  for (const auto& [rank, chip] : chips_) {
    record.ranks.push_back(
        {.rank = rank, .time = chip->Account(engine_.now(), *this), .open = chip->Wait()});
  }
  record.marks = std::move(marks_);
  record.spans = spans_.TakeAll();
  if (spans_.left_out() > 0) {
    LogWarn(absl::StrCat("timelines and the trace show the beginning of the run: ",
                         spans_.left_out(), " later spans were left out"));
  }
  record.fabric_bytes.resize(setup_.topology.links().size());
  for (const auto& domain : domains_) {
    if (domain == nullptr) continue;
    ++load_.logical_processes;
    record.traffic.Add(domain->traffic());
    const absl::Span<const LinkUse> use = domain->fabric().link_use();
    for (size_t i = 0; i < use.size(); ++i) record.fabric_bytes[i] += use[i].bytes;
    record.in_fabric += domain->fabric().DescribeUnfinished();
    record.rerouted += domain->fabric().counters().rerouted;
    record.stopped += domain->fabric().counters().stopped;
    if (domain->faults().at() >= record.fault_time) continue;
    record.fault = domain->faults().status();
    record.fault_time = domain->faults().at();
  }
  load_.logical_processes += static_cast<int32_t>(chips_.size());
  load_.events = engine_.events_delivered();
  record.load = load_;
  return record;
}

Time Execution::Begun(GroupId group, uint32_t number) const {
  const FabricDomain* domain = DomainHere(plan_.exchanges.DomainOfGroup(group));
  return domain == nullptr ? Time::max() : domain->rendezvous().Begun(group, number);
}

Time Execution::Sent(int source, int target, int tag) const {
  const std::optional<DomainId> id = plan_.exchanges.FindMessageDomain(source, target);
  const FabricDomain* domain = id.has_value() ? DomainHere(*id) : nullptr;
  if (domain == nullptr) return Time::max();
  return domain->mailboxes().OldestSent(target, source, tag).value_or(Time::max());
}

// The records of all partitions, at partition 0.
absl::StatusOr<std::vector<PartitionRecord>> GatherRecords(const PartitionRecord& mine,
                                                           const ExecutionSetup& setup) {
  std::vector<PartitionRecord> records;
  TESSERA_ASSIGN_OR_RETURN(const std::vector<std::string> packed,
                           setup.options.transport->Gather(Pack(mine, setup.programs)));
  for (const std::string& bytes : packed) {
    TESSERA_ASSIGN_OR_RETURN(records.emplace_back(), UnpackPartitionRecord(bytes, setup.programs));
  }
  return records;
}

}  // namespace

absl::StatusOr<ExecutionRecord> Execute(const ExecutionSetup& setup) {
  TESSERA_RETURN_IF_ERROR(CheckSetup(setup));
  TESSERA_ASSIGN_OR_RETURN(const auto compiled, CompileAll(setup));
  const RankGroups groups(setup.programs, setup.ranks, setup.ranks_per_vertex);
  PlanCache plans(setup.topology, {setup.library, setup.exchange, setup.defaults});
  TESSERA_ASSIGN_OR_RETURN(ExchangeTable exchanges,
                           ExchangeTable::Make({.programs = setup.programs,
                                                .ranks = setup.ranks,
                                                .groups = groups,
                                                .topology = setup.topology,
                                                .plans = plans,
                                                .ranks_per_vertex = setup.ranks_per_vertex,
                                                .separate_domains = setup.fabric_has_lookahead,
                                                .fold = setup.fold}));
  const RunPlan plan{.programs = setup.programs,
                     .compiled = compiled,
                     .ranks = setup.ranks,
                     .groups = groups,
                     .exchanges = exchanges,
                     .has_lookahead = setup.fabric_has_lookahead,
                     .folded = std::any_of(setup.fold.begin(), setup.fold.end(),
                                           [](int of_axis) { return of_axis > 1; }),
                     .slow_ranks = setup.slow_ranks};
  WindowTransport* const transport = setup.options.transport;
  TESSERA_ASSIGN_OR_RETURN(Split split,
                           SplitRun(plan, transport == nullptr ? 1 : transport->partitions()));
  Execution execution(setup, plan, std::move(split));
  TESSERA_ASSIGN_OR_RETURN(PartitionRecord mine, execution.Run());
  std::vector<PartitionRecord> records;
  if (transport == nullptr) {
    records.push_back(std::move(mine));
  } else {
    TESSERA_ASSIGN_OR_RETURN(records, GatherRecords(mine, setup));
    if (transport->self() != 0) return ExecutionRecord{};
  }
  TESSERA_ASSIGN_OR_RETURN(ExecutionRecord record, Merge(std::move(records), plan));
  if (transport == nullptr) record.partitions.clear();
  record.traffic.SetExchanges(exchanges.TakeExchanges());
  return record;
}

}  // namespace tessera
