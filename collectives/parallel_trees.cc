#include "collectives/parallel_trees.h"

#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

void AddRound(ScheduleBuilder& builder, int n, int distance, bool reduce) {
  for (int r = 0; r < n; ++r) {
    const int partner = (r - distance + n) % n;
    for (int offset = 0; offset + distance < n; offset += 2 * distance) {
      builder.Add({.source = reduce ? partner : r,
                   .target = reduce ? r : partner,
                   .chunk = (r + offset) % n,
                   .reduce = reduce});
    }
  }
  builder.EndStep();
}

}  // namespace

Schedule PatSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("pat", n, EvenChunks(input.bytes, n, input.element_bytes));
  int farthest = 1;
  while (farthest * 2 < n) farthest *= 2;
  if (input.op == CollectiveOp::kReduceScatter) {
    for (int d = 1; d <= farthest && d < n; d *= 2) AddRound(builder, n, d, true);
  } else {
    for (int d = farthest; d >= 1 && d < n; d /= 2) AddRound(builder, n, d, false);
  }
  return std::move(builder).Build();
}

}  // namespace tessera
