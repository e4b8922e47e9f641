#include "nodes/execution.h"

#include <algorithm>
#include <deque>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "nodes/chip_event.h"
#include "nodes/compiled_program.h"
#include "nodes/deadlock.h"
#include "nodes/mailboxes.h"
#include "nodes/pacing.h"
#include "nodes/rendezvous.h"

namespace tessera {
namespace {

absl::Status CheckSetup(const ExecutionSetup& setup) {
  const ProgramSet& set = setup.programs;
  const int ranks = setup.ranks.ranks();
  if (static_cast<int>(set.program_of_rank.size()) != ranks) {
    return absl::InvalidArgumentError(absl::StrCat(
        set.program_of_rank.size(), " ranks have a program, the plan has ", ranks, " ranks"));
  }
  const int places = setup.topology.chips() * setup.ranks_per_chip;
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

std::vector<Axis> AxesInUse(const ProgramSet& set) {
  std::array<bool, kAxisCount> used{};
  for (const Program& program : set.programs) {
    for (const Instruction& instruction : program.instructions) {
      if (instruction.kind == InstructionKind::kCollective ||
          instruction.kind == InstructionKind::kCollectiveAsync) {
        used[static_cast<size_t>(instruction.axis)] = true;
      }
    }
  }
  std::vector<Axis> axes;
  for (int axis = 0; axis < kAxisCount; ++axis) {
    if (used[static_cast<size_t>(axis)]) axes.push_back(static_cast<Axis>(axis));
  }
  return axes;
}

// The ranks of one execution with everything they share.
class Execution {
 public:
  Execution(const ExecutionSetup& setup, Engine& engine, Fabric& fabric,
            std::vector<CompiledProgram> programs)
      : setup_(setup),
        programs_(std::move(programs)),
        plans_(setup.topology, setup.library, setup.defaults),
        context_{engine,  fabric,         plans_,      record_.traffic,
                 faults_, setup.programs, setup.ranks, setup.ranks_per_chip,
                 {},      setup.fold},
        communicators_(context_),
        mailboxes_(context_) {}

  absl::StatusOr<ExecutionRecord> Run();

 private:
  void AddChips();
  void Start();
  std::string DescribeWaits() const;
  void Finish();

  const ExecutionSetup& setup_;
  const std::vector<CompiledProgram> programs_;
  PlanCache plans_;
  FaultRecord faults_;
  ExecutionRecord record_;
  ExecutionContext context_;
  Communicators communicators_;
  Mailboxes mailboxes_;
  SpanRecorder spans_;
  std::deque<ChipProcess> chips_;
};

void Execution::AddChips() {
  const auto ranks = static_cast<size_t>(setup_.ranks.ranks());
  std::vector<bool> traced(setup_.programs.programs.size());
  int traced_ranks = 0;
  for (size_t rank = 0; rank < ranks; ++rank) {
    const auto program = static_cast<size_t>(setup_.programs.program_of_rank[rank]);
    const bool trace = !traced[program] && traced_ranks < setup_.options.traced_ranks;
    if (trace) {
      traced[program] = true;
      ++traced_ranks;
    }
    chips_.emplace_back(static_cast<int>(rank), programs_[program],
                        ChipProcess::Parts{context_, communicators_, mailboxes_},
                        ChipProcess::Observers{.spans = trace ? &spans_ : nullptr,
                                               .marks = rank == 0 ? &record_.marks : nullptr});
    context_.components.push_back(context_.engine.Add(chips_.back()));
  }
  communicators_.Form(AxesInUse(setup_.programs));
}

void Execution::Start() {
  for (const ComponentId chip : context_.components) {
    context_.engine.Send(chip, Time{}, chip, static_cast<uint32_t>(ChipEvent::kResume), 0);
  }
}

absl::StatusOr<ExecutionRecord> Execution::Run() {
  AddChips();
  Start();
  RunPaced(context_.engine, setup_.options);
  TESSERA_RETURN_IF_ERROR(faults_.status());
  record_.interrupted = !context_.engine.empty();
  const bool all_ended =
      std::all_of(chips_.begin(), chips_.end(), [](const ChipProcess& c) { return c.finished(); });
  if (!record_.interrupted && !all_ended) return absl::InternalError(DescribeWaits());
  Finish();
  return std::move(record_);
}

std::string Execution::DescribeWaits() const {
  std::vector<std::vector<CallId>> open_calls;
  for (const ChipProcess& chip : chips_) open_calls.push_back(chip.OpenCalls());
  std::vector<RankWait> waits;
  for (const ChipProcess& chip : chips_) {
    if (!chip.finished()) waits.push_back(chip.Wait(open_calls));
  }
  const std::string in_fabric = context_.fabric.DescribeUnfinished();
  return absl::StrCat(DescribeDeadlock(waits, setup_.ranks.ranks(), context_.engine.now()),
                      in_fabric.empty() ? "" : "\nin the fabric:\n", in_fabric);
}

void Execution::Finish() {
  for (ChipProcess& chip : chips_) {
    record_.ranks.push_back(chip.Account(context_.engine.now()));
    record_.makespan = std::max(record_.makespan, record_.ranks.back().end.time_since_epoch());
  }
  record_.events = context_.engine.events_delivered();
  record_.spans = spans_.Take(Time(record_.makespan));
}

}  // namespace

absl::StatusOr<ExecutionRecord> Execute(const ExecutionSetup& setup, Engine& engine,
                                        Fabric& fabric) {
  TESSERA_RETURN_IF_ERROR(CheckSetup(setup));
  TESSERA_ASSIGN_OR_RETURN(auto programs, CompileAll(setup));
  Execution execution(setup, engine, fabric, std::move(programs));
  return execution.Run();
}

}  // namespace tessera
