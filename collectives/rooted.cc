#include "collectives/rooted.h"

#include <algorithm>
#include <utility>

#include "collectives/schedule_builder.h"
#include "collectives/tree_pipeline.h"

namespace tessera {
namespace {

int PowerOfTwoFrom(int n) {
  int p = 1;
  while (p < n) p *= 2;
  return p;
}

// Ranks below `distance` deal with rank r + distance.
void AddTreeRound(ScheduleBuilder& builder, int n, int distance, bool inward) {
  for (int r = 0; r < distance && r + distance < n; ++r) {
    builder.Add({.source = inward ? r + distance : r,
                 .target = inward ? r : r + distance,
                 .reduce = inward});
  }
  builder.EndStep();
}

// Every multiple r of 2 * distance shares its range of ranks [r, r + 2 * distance) with r +
// distance.
void AddRangeRound(ScheduleBuilder& builder, int n, int distance, bool inward) {
  for (int r = 0; r + distance < n; r += 2 * distance) {
    builder.Add({.source = inward ? r + distance : r,
                 .target = inward ? r : r + distance,
                 .chunk = r + distance,
                 .count = std::min(distance, n - r - distance)});
  }
  builder.EndStep();
}

void AddScatter(ScheduleBuilder& builder, int n) {
  for (int d = PowerOfTwoFrom(n) / 2; d >= 1; d /= 2) AddRangeRound(builder, n, d, false);
}

}  // namespace

Schedule BinomialSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const bool whole = input.op == CollectiveOp::kBroadcast || input.op == CollectiveOp::kReduce;
  ScheduleBuilder builder("binomial", n,
                          EvenChunks(input.bytes, whole ? 1 : n, input.element_bytes));
  switch (input.op) {
    case CollectiveOp::kBroadcast:
      for (int d = 1; d < n; d *= 2) AddTreeRound(builder, n, d, false);
      break;
    case CollectiveOp::kReduce:
      for (int d = PowerOfTwoFrom(n) / 2; d >= 1; d /= 2) AddTreeRound(builder, n, d, true);
      break;
    case CollectiveOp::kGather:
      for (int d = 1; d < n; d *= 2) AddRangeRound(builder, n, d, true);
      break;
    default:
      AddScatter(builder, n);
  }
  return std::move(builder).Build();
}

Schedule ChainSchedule(const AlgorithmInput& input) {
  ScheduleBuilder builder("chain", input.ranks,
                          EvenChunks(input.bytes, input.segments, input.element_bytes));
  std::vector<int> parent;
  for (int r = 0; r < input.ranks; ++r) parent.push_back(r - 1);
  TreePipeline pipeline(builder, std::move(parent));
  const bool reduce = input.op == CollectiveOp::kReduce;
  for (int s = 0; s < input.segments; ++s) {
    pipeline.AddSegment({.chunk = s, .reduce = reduce, .broadcast = !reduce});
  }
  return std::move(builder).Build();
}

Schedule ScatterAllGatherSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("scatter_all_gather", n, EvenChunks(input.bytes, n, input.element_bytes));
  AddScatter(builder, n);
  for (int s = 0; s < n - 1; ++s) {
    for (int r = 0; r < n; ++r) {
      builder.Add({.source = r, .target = (r + 1) % n, .chunk = (r - s + n) % n});
    }
    builder.EndStep();
  }
  return std::move(builder).Build();
}

}  // namespace tessera
