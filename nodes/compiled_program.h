// A program made ready to run: neighbouring computations that nothing can observe between are one
// step, wait slots are dense. One compiled program serves every rank that shares it.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/units.h"
#include "partition/program.h"

namespace tessera {

// A run of kCompute and kMark instructions (kind kCompute), or one instruction of another kind.
struct ProgramStep {
  InstructionKind kind = InstructionKind::kCompute;
  // kCollectiveAsync, kWait: number of the wait slot; kReceive: of the channel; from 0.
  int32_t slot = -1;
  int32_t first = 0;  // Instructions [first, first + count).
  int32_t count = 0;
  Duration duration{};  // Of the computations.
};

struct ComputeTime {
  std::array<Duration, kOperatorClassCount> by_class{};
  Duration total{};
};

struct CompiledProgram {
  absl::Span<const Instruction> instructions;  // Of the program, which outlives this.
  std::vector<ProgramStep> steps;
  int32_t slots = 0;
  // Messages of one peer stage and tag come in by one channel.
  absl::flat_hash_map<std::pair<int32_t, int32_t>, int32_t> channels;
  ComputeTime compute;  // Of the whole program.

  // -1: the program never receives such messages.
  int32_t ChannelOf(int32_t peer, int32_t tag) const {
    const auto found = channels.find({peer, tag});
    return found == channels.end() ? -1 : found->second;
  }
  // Of the steps before `step`, less the last `missing` of it; for runs that were interrupted.
  ComputeTime ComputeBefore(int32_t step, Duration missing) const;
};

// Errors: a negative duration or size, a count below 1, indices outside `set`, a peer that is not
// one of so many pipeline stages. O(instructions).
absl::StatusOr<CompiledProgram> CompileProgram(const Program& program, const ProgramSet& set,
                                               int stages);

}  // namespace tessera
