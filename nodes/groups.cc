#include "nodes/groups.h"

namespace tessera {

RankGroups::RankGroups(const ProgramSet& programs, const RankMap& ranks, int ranks_per_vertex) {
  std::array<bool, kAxisCount> used{};
  for (const Program& program : programs.programs) {
    for (const Instruction& instruction : program.instructions) {
      if (instruction.kind == InstructionKind::kCollective ||
          instruction.kind == InstructionKind::kCollectiveAsync) {
        used[static_cast<size_t>(instruction.axis)] = true;
      }
    }
  }
  for (size_t axis = 0; axis < kAxisCount; ++axis) {
    if (used[axis]) Form(static_cast<Axis>(axis), ranks, ranks_per_vertex);
  }
}

void RankGroups::Form(Axis axis, const RankMap& ranks, int ranks_per_vertex) {
  std::vector<GroupId>& group_of = group_of_[static_cast<size_t>(axis)];
  group_of.assign(static_cast<size_t>(ranks.ranks()), -1);
  for (int rank = 0; rank < ranks.ranks(); ++rank) {
    if (group_of[static_cast<size_t>(rank)] >= 0) continue;
    const auto id = static_cast<GroupId>(groups_.size());
    RankGroup& group = groups_.emplace_back();
    group.axis = axis;
    group.members = ranks.Group(rank, axis);
    for (const int member : group.members) {
      group.chips.push_back(member / ranks_per_vertex);
      group_of[static_cast<size_t>(member)] = id;
    }
  }
}

}  // namespace tessera
