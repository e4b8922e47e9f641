#include "collectives/direct.h"

#include <utility>
#include <vector>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

Schedule Exchange(const AlgorithmInput& input) {
  const int n = input.ranks;
  std::vector<Bytes> sizes = input.matrix;
  if (input.op == CollectiveOp::kAllToAll) {
    const std::vector<Bytes> row = EvenChunks(input.bytes, n, input.element_bytes);
    sizes.clear();
    for (int r = 0; r < n; ++r) sizes.insert(sizes.end(), row.begin(), row.end());
  }
  ScheduleBuilder builder("direct", n, sizes);
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      const int chunk = r * n + (r + d) % n;
      const bool empty = builder.SizeOf(chunk, 1) == Bytes(0);
      if (input.op == CollectiveOp::kAllToAllV && empty) continue;
      builder.Add({.source = r, .target = (r + d) % n, .chunk = chunk});
    }
  }
  builder.EndStep();
  return std::move(builder).Build();
}

// Every rank sends to every other the chunk that the target (reduce) or the sender (gather) owns.
void AddAllPairs(ScheduleBuilder& builder, int n, bool reduce) {
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      const int target = (r + d) % n;
      builder.Add({.source = r, .target = target, .chunk = reduce ? target : r, .reduce = reduce});
    }
  }
  builder.EndStep();
}

// One phase between rank 0 and all others; towards rank 0 or away from it.
Schedule Rooted(const AlgorithmInput& input) {
  const int n = input.ranks;
  const CollectiveOp op = input.op;
  const bool whole = op == CollectiveOp::kBroadcast || op == CollectiveOp::kReduce;
  const bool inward = op == CollectiveOp::kReduce || op == CollectiveOp::kGather;
  ScheduleBuilder builder("direct", n, EvenChunks(input.bytes, whole ? 1 : n, input.element_bytes));
  for (int r = 1; r < n; ++r) {
    builder.Add({.source = inward ? r : 0,
                 .target = inward ? 0 : r,
                 .chunk = whole ? 0 : r,
                 .reduce = op == CollectiveOp::kReduce});
  }
  builder.EndStep();
  return std::move(builder).Build();
}

Schedule SendReceive(const AlgorithmInput& input) {
  const std::vector<Bytes> whole = {input.bytes};
  ScheduleBuilder builder("direct", input.ranks, whole);
  if (input.ranks > 1) builder.Add({.source = 0, .target = 1});
  builder.EndStep();
  return std::move(builder).Build();
}

}  // namespace

Schedule DirectSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  switch (input.op) {
    case CollectiveOp::kAllToAll:
    case CollectiveOp::kAllToAllV:
      return Exchange(input);
    case CollectiveOp::kBroadcast:
    case CollectiveOp::kReduce:
    case CollectiveOp::kGather:
    case CollectiveOp::kScatter:
      return Rooted(input);
    case CollectiveOp::kSendRecv:
      return SendReceive(input);
    default:
      break;
  }
  ScheduleBuilder builder("direct", n, EvenChunks(input.bytes, n, input.element_bytes));
  if (input.op != CollectiveOp::kAllGather) AddAllPairs(builder, n, true);
  if (input.op != CollectiveOp::kReduceScatter) AddAllPairs(builder, n, false);
  return std::move(builder).Build();
}

Schedule OneShotSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const std::vector<Bytes> whole = {input.bytes};
  ScheduleBuilder builder("one_shot", n, whole);
  for (int d = 1; d < n; ++d) {
    for (int r = 0; r < n; ++r) {
      builder.Add({.source = r, .target = (r + d) % n, .reduce = true});
    }
  }
  builder.EndStep();
  return std::move(builder).Build();
}

}  // namespace tessera
