#include "collectives/swing.h"

#include <algorithm>
#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

int Log2(int n) {
  int log = 0;
  while ((1 << log) < n) ++log;
  return log;
}

// The ranks whose blocks `rank` is responsible for before step `step`: itself and all that it
// reaches from there on. Sorted.
std::vector<int> Reached(int rank, int step, int n) {
  std::vector<int> ranks = {rank};
  for (int s = step; s < Log2(n); ++s) {
    const size_t known = ranks.size();
    for (size_t i = 0; i < known; ++i) ranks.push_back(SwingPeer(ranks[i], s, n));
  }
  std::sort(ranks.begin(), ranks.end());
  return ranks;
}

void AddStep(ScheduleBuilder& builder, int n, int step, bool reduce) {
  for (int r = 0; r < n; ++r) {
    const int peer = SwingPeer(r, step, n);
    const std::vector<int> blocks = Reached(reduce ? peer : r, step + 1, n);
    for (size_t i = 0; i < blocks.size();) {
      size_t end = i + 1;
      while (end < blocks.size() && blocks[end] == blocks[end - 1] + 1) ++end;
      builder.Add({.source = r,
                   .target = peer,
                   .chunk = blocks[i],
                   .count = static_cast<int>(end - i),
                   .reduce = reduce});
      i = end;
    }
  }
  builder.EndStep();
}

}  // namespace

int SwingPeer(int rank, int step, int n) {
  int power = 1;  // (-2)^(step + 1).
  for (int s = 0; s <= step; ++s) power *= -2;
  const int rho = (1 - power) / 3;
  const int peer = rank % 2 == 0 ? rank + rho : rank - rho;
  return (peer % n + n) % n;
}

Schedule SwingSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("swing", n, EvenChunks(input.bytes, n, input.element_bytes));
  if (input.op != CollectiveOp::kAllGather) {
    for (int s = 0; s < Log2(n); ++s) AddStep(builder, n, s, true);
  }
  if (input.op != CollectiveOp::kReduceScatter) {
    for (int s = Log2(n) - 1; s >= 0; --s) AddStep(builder, n, s, false);
  }
  return std::move(builder).Build();
}

}  // namespace tessera
