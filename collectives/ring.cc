#include "collectives/ring.h"

#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

// n - 1 steps in which rank r sends chunk r - shift - s to r + 1.
void AddRound(ScheduleBuilder& builder, int n, int shift, bool reduce) {
  for (int s = 0; s < n - 1; ++s) {
    for (int r = 0; r < n; ++r) {
      const int chunk = (r - shift - s + 2 * n) % n;
      builder.Add({.source = r, .target = (r + 1) % n, .chunk = chunk, .reduce = reduce});
    }
    builder.EndStep();
  }
}

}  // namespace

Schedule RingSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("ring", n, EvenChunks(input.bytes, n, input.element_bytes));
  if (input.op != CollectiveOp::kAllGather) AddRound(builder, n, 1, true);
  if (input.op != CollectiveOp::kReduceScatter) AddRound(builder, n, 0, false);
  return std::move(builder).Build();
}

}  // namespace tessera
