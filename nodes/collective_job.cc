#include "nodes/collective_job.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "partition/plan.h"

namespace tessera {
namespace {

absl::StatusOr<Harness> ParseHarness(absl::string_view name) {
  constexpr std::array<std::pair<const char*, Harness>, 5> kNames = {
      {{"graph", Harness::kGraph},
       {"nccl_tests", Harness::kNcclTests},
       {"torch", Harness::kTorch},
       {"library", Harness::kLibrary},
       {"", Harness::kInModel}}};
  for (const auto& [known, harness] : kNames) {
    if (name == known) return harness;
  }
  return absl::InvalidArgumentError(absl::StrCat("harness \"", std::string(name),
                                                 "\" is unknown; use graph, nccl_tests, torch or "
                                                 "library, or leave it out"));
}

}  // namespace

absl::StatusOr<LoweredJob> LowerCollective(const ScenarioSpec& scenario) {
  const auto& job = std::get<CollectiveJob>(scenario.job);
  const int ranks = RanksOf(scenario);
  LoweredJob lowered;
  lowered.plan.data = ranks;
  lowered.plan.zero_group = ranks;
  Instruction instruction{.kind = InstructionKind::kCollective, .axis = Axis::kWorld};
  TESSERA_ASSIGN_OR_RETURN(instruction.op, ParseCollectiveOp(job.op));
  instruction.bytes = job.bytes;
  lowered.programs.labels.push_back(job.op);
  lowered.programs.programs.push_back({.instructions = {instruction}});
  lowered.programs.program_of_rank.assign(static_cast<size_t>(ranks), 0);
  return lowered;
}

absl::StatusOr<CollectiveRequest> CollectiveDefaults(const ScenarioSpec& scenario) {
  CollectiveRequest defaults;
  defaults.library = scenario.software.library;
  const auto* job = std::get_if<CollectiveJob>(&scenario.job);
  if (job == nullptr) return defaults;
  TESSERA_ASSIGN_OR_RETURN(defaults.harness, ParseHarness(job->harness));
  defaults.algorithm = job->algorithm;
  defaults.element_bytes = job->element_bytes;
  if (!job->library.empty()) defaults.library = job->library;
  return defaults;
}

}  // namespace tessera
