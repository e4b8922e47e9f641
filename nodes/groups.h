// The groups of ranks that communicate along the axes of a plan.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "partition/plan.h"
#include "partition/program.h"
#include "topology/topology.h"

namespace tessera {

using GroupId = int32_t;

struct RankGroup {
  Axis axis = Axis::kTensor;
  std::vector<int> members;  // In group order.
  std::vector<ChipId> chips;
};

class RankGroups {
 public:
  // The groups of all ranks along the axes of the collectives in `programs`. O(ranks * axes).
  RankGroups(const ProgramSet& programs, const RankMap& ranks, int ranks_per_vertex);

  GroupId Of(int rank, Axis axis) const {
    return group_of_[static_cast<size_t>(axis)][static_cast<size_t>(rank)];
  }
  const RankGroup& group(GroupId id) const { return groups_[static_cast<size_t>(id)]; }
  int size() const { return static_cast<int>(groups_.size()); }

 private:
  void Form(Axis axis, const RankMap& ranks, int ranks_per_vertex);

  std::array<std::vector<GroupId>, kAxisCount> group_of_;  // [axis][rank].
  std::vector<RankGroup> groups_;
};

}  // namespace tessera
