#include "nodes/compiled_program.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

bool RunsOnChip(InstructionKind kind) {
  return kind == InstructionKind::kCompute || kind == InstructionKind::kMark;
}

absl::Status Fault(size_t index, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("instruction ", index, ": ", what));
}

struct Limits {
  const ProgramSet& set;
  int stages;
};

absl::Status CheckInstruction(const Instruction& instruction, const Limits& limits, size_t index) {
  const ProgramSet& set = limits.set;
  if (instruction.duration < Duration::zero()) return Fault(index, "its duration is negative");
  if (instruction.bytes < Bytes()) return Fault(index, "its size is negative");
  if (instruction.count < 1) return Fault(index, "its count is below 1");
  if (instruction.kind == InstructionKind::kMark && instruction.label >= set.labels.size()) {
    return Fault(index, absl::StrCat("label ", instruction.label, " is not one of the ",
                                     set.labels.size(), " labels"));
  }
  const bool message =
      instruction.kind == InstructionKind::kSend || instruction.kind == InstructionKind::kReceive;
  if (message && (instruction.peer < 0 || instruction.peer >= limits.stages)) {
    return Fault(index, absl::StrCat("its peer ", instruction.peer, " is not one of the ",
                                     limits.stages, " pipeline stages"));
  }
  const bool collective = instruction.kind == InstructionKind::kCollective ||
                          instruction.kind == InstructionKind::kCollectiveAsync;
  const bool needs_matrix = collective && instruction.op == CollectiveOp::kAllToAllV;
  const auto matrices = static_cast<int64_t>(set.matrices.size());
  if (needs_matrix && (instruction.matrix < 0 || instruction.matrix >= matrices)) {
    return Fault(index, absl::StrCat("matrix ", instruction.matrix, " is not one of the ", matrices,
                                     " traffic matrices"));
  }
  return absl::OkStatus();
}

void AddCompute(const Instruction& instruction, Duration duration, ComputeTime& sum) {
  sum.by_class[static_cast<size_t>(instruction.category)] += duration;
  sum.total += duration;
}

}  // namespace

ComputeTime CompiledProgram::ComputeBefore(int32_t step, Duration missing) const {
  ComputeTime sum;
  const int32_t end = step == 0 ? 0
                                : steps[static_cast<size_t>(step) - 1].first +
                                      steps[static_cast<size_t>(step) - 1].count;
  for (int32_t i = end - 1; i >= 0; --i) {
    const Instruction& instruction = instructions[static_cast<size_t>(i)];
    if (instruction.kind != InstructionKind::kCompute) continue;
    const Duration cut = std::min(missing, instruction.duration);
    missing -= cut;
    AddCompute(instruction, instruction.duration - cut, sum);
  }
  return sum;
}

absl::StatusOr<CompiledProgram> CompileProgram(const Program& program, const ProgramSet& set,
                                               int stages) {
  CompiledProgram compiled;
  compiled.instructions = program.instructions;
  absl::flat_hash_map<int32_t, int32_t> slot_of_tag;
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    TESSERA_RETURN_IF_ERROR(CheckInstruction(instruction, {set, stages}, i));
    const bool on_chip = RunsOnChip(instruction.kind);
    if (on_chip && !compiled.steps.empty() &&
        compiled.steps.back().kind == InstructionKind::kCompute) {
      ++compiled.steps.back().count;
    } else {
      compiled.steps.push_back({.kind = on_chip ? InstructionKind::kCompute : instruction.kind,
                                .first = static_cast<int32_t>(i),
                                .count = 1});
    }
    ProgramStep& step = compiled.steps.back();
    if (instruction.kind == InstructionKind::kCompute) {
      step.duration += instruction.duration;
      AddCompute(instruction, instruction.duration, compiled.compute);
    } else if (instruction.kind == InstructionKind::kCollectiveAsync ||
               instruction.kind == InstructionKind::kWait) {
      const auto slots = static_cast<int32_t>(slot_of_tag.size());
      step.slot = slot_of_tag.try_emplace(instruction.tag, slots).first->second;
    } else if (instruction.kind == InstructionKind::kReceive) {
      const auto channels = static_cast<int32_t>(compiled.channels.size());
      step.slot = compiled.channels.try_emplace({instruction.peer, instruction.tag}, channels)
                      .first->second;
    }
  }
  compiled.slots = static_cast<int32_t>(slot_of_tag.size());
  return compiled;
}

}  // namespace tessera
