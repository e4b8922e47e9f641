#include "collectives/halving_doubling.h"

#include <algorithm>
#include <utility>

#include "collectives/schedule_builder.h"

namespace tessera {
namespace {

int LargestPowerOfTwoUpTo(int n) {
  int p = 1;
  while (2 * p <= n) p *= 2;
  return p;
}

// The n ranks seen as p core ranks, of which the first n - p carry an extra rank each: core rank v
// below n - p stands for ranks 2 v (active) and 2 v + 1, a later one for rank v + n - p. An
// all-reduce cuts the buffer in one chunk a core rank; where the chunks belong to ranks, a core
// rank's lie together.
class Fold {
 public:
  explicit Fold(const AlgorithmInput& input)
      : core_(LargestPowerOfTwoUpTo(input.ranks)),
        extra_(input.ranks - core_),
        chunk_per_core_(input.op == CollectiveOp::kAllReduce) {}
  int core() const { return core_; }
  int extra() const { return extra_; }
  int chunks() const { return chunk_per_core_ ? core_ : core_ + extra_; }
  int Rank(int v) const { return v < extra_ ? 2 * v : v + extra_; }
  int FirstChunk(int v) const { return chunk_per_core_ ? v : Rank(v); }

 private:
  int core_;
  int extra_;
  bool chunk_per_core_;
};

// One step between the two ranks of every pair: the whole vector, or the extra rank's own chunk.
void AddFoldStep(ScheduleBuilder& builder, const Fold& fold, bool inward, bool only_own_chunk) {
  for (int v = 0; v < fold.extra(); ++v) {
    const int active = fold.Rank(v);
    builder.Add({.source = inward ? active + 1 : active,
                 .target = inward ? active : active + 1,
                 .chunk = only_own_chunk ? active + 1 : 0,
                 .count = only_own_chunk ? 1 : builder.chunks(),
                 .reduce = inward && !only_own_chunk});
  }
  builder.EndStep();
}

// Core rank v exchanges with v xor distance; each sends the half that the other keeps, once the
// other is ready to add it (folded ranks come later).
void AddHalvingStep(ScheduleBuilder& builder, const Fold& fold, int distance) {
  for (int v = 0; v < fold.core(); ++v) {
    const int partner = v ^ distance;
    const int first = partner & ~(distance - 1);
    const int begin = fold.FirstChunk(first);
    builder.Add({.source = fold.Rank(v),
                 .target = fold.Rank(partner),
                 .chunk = begin,
                 .count = fold.FirstChunk(first + distance) - begin,
                 .reduce = true,
                 .after_target = true});
  }
  builder.EndStep();
}

// Core rank v sends v xor distance all that it has gathered.
void AddDoublingStep(ScheduleBuilder& builder, const Fold& fold, int distance) {
  for (int v = 0; v < fold.core(); ++v) {
    const int first = v & ~(distance - 1);
    const int begin = fold.FirstChunk(first);
    builder.Add({.source = fold.Rank(v),
                 .target = fold.Rank(v ^ distance),
                 .chunk = begin,
                 .count = fold.FirstChunk(first + distance) - begin});
  }
  builder.EndStep();
}

// Adds one exchange of `bytes` per rank at a distance of core ranks. Distances within a node are
// those below the ranks of a node (exact where that is a power of two and nothing is folded).
void AddExchange(const AlgorithmInput& input, int distance, double bytes, AlgorithmCost& cost) {
  cost.steady_bytes += bytes;
  if (distance < input.per_node()) {
    cost.scale_up_hops += 1;
    cost.serial_bytes += bytes;
    cost.scale_up_bytes += bytes;
  } else {
    cost.scale_out_hops += 1;
    cost.network_bytes += bytes;
    cost.scale_out_edge_bytes += bytes;
    cost.scale_out_bytes += bytes * input.per_node() / input.rails;
  }
}

// The folding steps before and after, of `in` and `out` bytes.
void AddFolding(const AlgorithmInput& input, double in, double out, AlgorithmCost& cost) {
  const Fold fold(input);
  if (fold.extra() == 0) return;
  AddExchange(input, 1, in, cost);
  AddExchange(input, 1, out, cost);
  cost.transfers += 2 * int64_t{fold.extra()};
}

}  // namespace

Schedule HalvingDoublingSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const Fold fold(input);
  const bool reduces = input.op != CollectiveOp::kAllGather;
  const bool gathers = input.op != CollectiveOp::kReduceScatter;
  ScheduleBuilder builder("halving_doubling", n,
                          EvenChunks(input.bytes, fold.chunks(), input.element_bytes));
  AddFoldStep(builder, fold, true, !reduces);
  if (reduces) {
    for (int d = fold.core() / 2; d >= 1; d /= 2) AddHalvingStep(builder, fold, d);
  }
  if (gathers) {
    for (int d = 1; d < fold.core(); d *= 2) AddDoublingStep(builder, fold, d);
  }
  AddFoldStep(builder, fold, false, !gathers);
  return std::move(builder).Build();
}

Schedule HalvingDoublingSplitFoldSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const Fold fold(input);
  const int chunks = fold.chunks();
  ScheduleBuilder builder("halving_doubling_split_fold", n,
                          EvenChunks(input.bytes, chunks, input.element_bytes));
  const int half = chunks / 2;
  for (int v = 0; v < fold.extra(); ++v) {
    const int active = fold.Rank(v);
    builder.Add(
        {.source = active + 1, .target = active, .chunk = 0, .count = half, .reduce = true});
    builder.Add({.source = active,
                 .target = active + 1,
                 .chunk = half,
                 .count = chunks - half,
                 .reduce = true});
  }
  builder.EndStep();
  for (int v = 0; v < fold.extra(); ++v) {
    const int active = fold.Rank(v);
    builder.Add({.source = active + 1, .target = active, .chunk = half, .count = chunks - half});
  }
  builder.EndStep();
  for (int d = fold.core() / 2; d >= 1; d /= 2) AddHalvingStep(builder, fold, d);
  for (int d = 1; d < fold.core(); d *= 2) AddDoublingStep(builder, fold, d);
  AddFoldStep(builder, fold, false, false);
  return std::move(builder).Build();
}

Schedule RecursiveDoublingSchedule(const AlgorithmInput& input) {
  const int n = input.ranks;
  const Fold fold(input);
  ScheduleBuilder builder("recursive_doubling", n, EvenChunks(input.bytes, 1, input.element_bytes));
  AddFoldStep(builder, fold, true, false);
  for (int d = 1; d < fold.core(); d *= 2) {
    for (int v = 0; v < fold.core(); ++v) {
      builder.Add({.source = fold.Rank(v), .target = fold.Rank(v ^ d), .reduce = true});
    }
    builder.EndStep();
  }
  AddFoldStep(builder, fold, false, false);
  return std::move(builder).Build();
}

AlgorithmCost HalvingDoublingCost(const AlgorithmInput& input) {
  const auto bytes = static_cast<double>(input.bytes.count());
  const Fold fold(input);
  const bool all_reduce = input.op == CollectiveOp::kAllReduce;
  const bool gather = input.op == CollectiveOp::kAllGather;
  AlgorithmCost cost;
  for (int d = 1; d < fold.core(); d *= 2) {
    // The first ranks of a range may be paired ones, with two chunks each.
    const double chunks = all_reduce ? d : std::min(2 * d, d + fold.extra());
    for (int pass = 0; pass < (all_reduce ? 2 : 1); ++pass) {
      AddExchange(input, d, bytes * chunks / fold.chunks(), cost);
      cost.transfers += fold.core();
    }
  }
  const double own = bytes / input.ranks;
  AddFolding(input, gather ? own : bytes, all_reduce || gather ? bytes : own, cost);
  cost.local_bytes = input.ranks > 1 ? own : 0;
  return cost;
}

AlgorithmCost RecursiveDoublingCost(const AlgorithmInput& input) {
  const auto bytes = static_cast<double>(input.bytes.count());
  const Fold fold(input);
  AlgorithmCost cost;
  for (int d = 1; d < fold.core(); d *= 2) {
    AddExchange(input, d, bytes, cost);
    cost.transfers += fold.core();
  }
  AddFolding(input, bytes, bytes, cost);
  return cost;
}

}  // namespace tessera
