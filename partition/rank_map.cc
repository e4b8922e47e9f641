#include <algorithm>

#include "configs/rank_order.h"
#include "core/check.h"
#include "partition/plan.h"

namespace tessera {

const char* AxisName(Axis axis) {
  switch (axis) {
    case Axis::kTensor:
      return "tensor";
    case Axis::kContext:
      return "context";
    case Axis::kExpert:
      return "expert";
    case Axis::kData:
      return "data";
    case Axis::kPipeline:
      return "pipeline";
    case Axis::kExpertData:
      return "expert_data";
    case Axis::kWorld:
      return "world";
    case Axis::kExpertTensor:
      return "expert_tensor";
    case Axis::kShard:
      return "shard";
    case Axis::kReplica:
      return "replica";
    case Axis::kEmbedding:
      return "embedding";
  }
  return "";
}

RankMap::RankMap(const PlanSpec& plan, int ranks) : plan_(plan), ranks_(ranks) {
  TESSERA_CHECK(plan.tensor * plan.context * plan.data * plan.pipeline == ranks);
  const std::array<int, 4> sizes = {plan.tensor, plan.context, plan.data, plan.pipeline};
  int stride = 1;
  for (const int axis : AxesOfRankOrder(plan.rank_order)) {
    strides_[static_cast<size_t>(axis)] = stride;
    stride *= sizes[static_cast<size_t>(axis)];
  }
}

RankCoordinates RankMap::Coordinates(int rank) const {
  RankCoordinates c;
  c.tensor = rank / strides_[0] % plan_.tensor;
  c.context = rank / strides_[1] % plan_.context;
  c.data = rank / strides_[2] % plan_.data;
  c.pipeline = rank / strides_[3] % plan_.pipeline;
  const int in_stage = c.tensor + plan_.tensor * (c.context + plan_.context * c.data);
  c.expert = in_stage / plan_.expert_tensor % plan_.expert;
  return c;
}

int RankMap::RankAt(const RankCoordinates& c) const {
  return c.tensor * strides_[0] + c.context * strides_[1] + c.data * strides_[2] +
         c.pipeline * strides_[3];
}

int RankMap::GridOf(int rank) const {
  if (plan_.rank_order == 0) return rank;
  const RankCoordinates c = Coordinates(rank);
  return c.tensor + plan_.tensor * (c.context + plan_.context * (c.data + plan_.data * c.pipeline));
}

int RankMap::RankOf(int grid) const {
  if (plan_.rank_order == 0) return grid;
  RankCoordinates c;
  c.tensor = grid % plan_.tensor;
  grid /= plan_.tensor;
  c.context = grid % plan_.context;
  grid /= plan_.context;
  c.data = grid % plan_.data;
  c.pipeline = grid / plan_.data;
  return RankAt(c);
}

int RankMap::AtStage(int rank, int stage) const {
  const int stage_ranks = ranks_ / plan_.pipeline;
  return RankOf(GridOf(rank) % stage_ranks + stage * stage_ranks);
}

RankMap::Progression RankMap::GroupOf(int grid, Axis axis) const {
  const int t = plan_.tensor;
  const int stage_ranks = ranks_ / plan_.pipeline;
  // Places that differ in `size` positions of weight `stride`: the first has that digit at zero.
  const auto digit = [grid](int stride, int size) {
    return Progression{grid - grid / stride % size * stride, stride, size};
  };
  const int expert_block = plan_.expert_tensor * plan_.expert;
  switch (axis) {
    case Axis::kTensor:
      return digit(1, t);
    case Axis::kContext:
      return digit(t, plan_.context);
    case Axis::kData:
      return digit(t, plan_.context * plan_.data);
    case Axis::kShard:
      return digit(t, plan_.zero_group);
    case Axis::kReplica:
      return digit(t * plan_.zero_group, plan_.context * plan_.data / plan_.zero_group);
    case Axis::kPipeline:
      return digit(stage_ranks, plan_.pipeline);
    case Axis::kExpertTensor:
      return digit(1, plan_.expert_tensor);
    case Axis::kExpert:
      return digit(plan_.expert_tensor, plan_.expert);
    case Axis::kExpertData:
      return digit(expert_block, stage_ranks / expert_block);
    case Axis::kEmbedding:
      return {grid % stage_ranks, std::max(stage_ranks * (plan_.pipeline - 1), 1),
              std::min(plan_.pipeline, 2)};
    case Axis::kWorld:
      break;
  }
  return {0, 1, ranks_};
}

std::vector<int> RankMap::Group(int rank, Axis axis) const {
  const Progression p = GroupOf(GridOf(rank), axis);
  std::vector<int> group(static_cast<size_t>(p.size));
  for (int i = 0; i < p.size; ++i) group[static_cast<size_t>(i)] = RankOf(p.first + i * p.stride);
  return group;
}

int RankMap::GroupSize(Axis axis) const { return GroupOf(0, axis).size; }

}  // namespace tessera
