#include "collectives/rooted.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "collectives/ring.h"
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

// The rings of NCCL's order, each cut open before rank 0.
std::vector<std::vector<int>> ChainOrders(const AlgorithmInput& input) {
  std::vector<std::vector<int>> orders = RingOrders(input);
  for (std::vector<int>& order : orders) {
    std::rotate(order.begin(), std::find(order.begin(), order.end(), 0), order.end());
  }
  return orders;
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
  ScheduleBuilder builder(
      "chain", input.ranks,
      EvenChunks(input.bytes, input.rails * input.segments, input.element_bytes));
  const bool reduce = input.op == CollectiveOp::kReduce;
  int chunk = 0;
  for (const std::vector<int>& order : ChainOrders(input)) {
    std::vector<int> parent(order.size(), -1);
    for (size_t i = 1; i < order.size(); ++i) parent[static_cast<size_t>(order[i])] = order[i - 1];
    TreePipeline pipeline(builder, std::move(parent));
    for (int s = 0; s < input.segments; ++s) {
      pipeline.AddSegment({.chunk = chunk++, .reduce = reduce, .broadcast = !reduce});
    }
  }
  return std::move(builder).Build();
}

AlgorithmCost ChainCost(const AlgorithmInput& input) {
  AlgorithmCost cost;
  if (input.ranks == 1) return cost;
  std::vector<int> sends(static_cast<size_t>(input.ranks), 0);  // Inside nodes, of each rank ...
  std::vector<int> receives = sends;
  for (const std::vector<int>& order : ChainOrders(input)) {
    int outer = 0;
    for (size_t i = 1; i < order.size(); ++i) {
      if (order[i - 1] / input.per_node() != order[i] / input.per_node()) {
        ++outer;
        continue;
      }
      ++sends[static_cast<size_t>(order[i - 1])];
      ++receives[static_cast<size_t>(order[i])];
    }
    cost.scale_out_hops = std::max<double>(cost.scale_out_hops, outer);
  }
  const double part = static_cast<double>(input.bytes.count()) / input.rails;
  const double piece = part / input.segments;
  cost.transfers = int64_t{input.ranks - 1} * input.rails * input.segments;
  cost.scale_up_hops = input.ranks - 1 - cost.scale_out_hops;
  cost.serial_bytes = cost.scale_up_hops * piece;
  cost.network_bytes = cost.scale_out_hops * piece;
  cost.further_segments = input.segments - 1;
  cost.scale_up_stage_bytes = cost.scale_up_hops > 0 ? piece : 0;
  cost.scale_out_stage_bytes = cost.scale_out_hops > 0 ? piece : 0;
  cost.scale_up_bytes = part * std::max(*std::max_element(sends.begin(), sends.end()),
                                        *std::max_element(receives.begin(), receives.end()));
  cost.steady_bytes = part;
  if (input.nodes() > 1) cost.scale_out_bytes = cost.scale_out_edge_bytes = part;
  return cost;
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
