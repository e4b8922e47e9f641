#include "collectives/exchange.h"

#include <algorithm>
#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

bool IsPowerOfTwo(int n) { return (n & (n - 1)) == 0; }

Schedule BruckAllGather(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("bruck", n, EvenChunks(input.bytes, n, input.element_bytes));
  for (int distance = 1; distance < n; distance *= 2) {
    for (int r = 0; r < n; ++r) {
      builder.Add({.source = r,
                   .target = (r - distance + n) % n,
                   .chunk = r,
                   .count = std::min(distance, n - distance)});
    }
    builder.EndStep();
  }
  return std::move(builder).Build();
}

}  // namespace

Schedule PairwiseSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("pairwise", n, ExchangeChunks(input));
  for (int s = 1; s < n; ++s) {
    for (int r = 0; r < n; ++r) {
      const int target = IsPowerOfTwo(n) ? (r ^ s) : (r + s) % n;
      if (builder.SizeOf(r * n + target, 1) == Bytes(0) && input.op == CollectiveOp::kAllToAllV) {
        continue;
      }
      builder.Add({.source = r, .target = target, .chunk = r * n + target});
    }
    builder.EndStep();
  }
  return std::move(builder).Build();
}

Schedule BruckSchedule(const AlgorithmInput& input) {
  if (input.op == CollectiveOp::kAllGather) return BruckAllGather(input);
  const int n = input.ranks;
  ScheduleBuilder builder("bruck", n, ExchangeChunks(input));
  for (int bit = 1; bit < n; bit *= 2) {
    for (int r = 0; r < n; ++r) {
      for (int way = 1; way < n; ++way) {
        if ((way & bit) == 0) continue;
        // The lower bits of the way lie behind the block already.
        const int source = (r - way % bit + n) % n;
        builder.Add(
            {.source = r, .target = (r + bit) % n, .chunk = source * n + (source + way) % n});
      }
    }
    builder.EndStep();
  }
  return std::move(builder).Build();
}

Schedule HypercubeSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  ScheduleBuilder builder("hypercube", n, ExchangeChunks(input));
  for (int bit = 1; bit < n; bit *= 2) {
    for (int r = 0; r < n; ++r) {
      for (int low = 0; low < bit; ++low) {
        const int source = r / bit * bit + low;
        for (int high = 0; high < n / bit; ++high) {
          const int target = high * bit + r % bit;
          if (((target ^ r) & bit) == 0) continue;
          builder.Add({.source = r, .target = r ^ bit, .chunk = source * n + target});
        }
      }
    }
    builder.EndStep();
  }
  return std::move(builder).Build();
}

Schedule RailForwardedSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const int g = input.per_node();
  ScheduleBuilder builder("rail_forwarded", n, ExchangeChunks(input));
  const auto add = [&](int from, int to, int chunk) {
    if (builder.SizeOf(chunk, 1) == Bytes(0) && input.op == CollectiveOp::kAllToAllV) return;
    builder.Add({.source = from, .target = to, .chunk = chunk});
  };
  for (int shift = 1; shift < g; ++shift) {
    for (int r = 0; r < n; ++r) {
      const int forwarder = r / g * g + (r + shift) % g;
      for (int target = forwarder % g; target < n; target += g) add(r, forwarder, r * n + target);
    }
  }
  builder.EndStep();
  for (int shift = g; shift < n; shift += g) {
    for (int r = 0; r < n; ++r) {
      const int target = (r + shift) % n;
      for (int i = 0; i < g; ++i) add(r, target, (r / g * g + i) * n + target);
    }
  }
  builder.EndStep();
  return std::move(builder).Build();
}

}  // namespace tessera
