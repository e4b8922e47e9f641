#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partition/partition.h"
#include "tests/partition/fake_chip.h"
#include "tests/partition/scenarios.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using enum ContextExchange;

constexpr int kHeadDim = 128;

// One layer on the ranks of one context group, one sequence.
struct Case {
  ContextExchange exchange;
  int64_t sequence;
  int context;
  int heads;
  int kv_heads;
};

ScenarioSpec ScenarioOf(const Case& c) {
  ScenarioSpec scenario =
      Gpt3Training({.context = c.context, .context_exchange = c.exchange}, c.context, 1);
  std::get<TrainingJob>(scenario.job).sequence = static_cast<int>(c.sequence);
  scenario.model.layers = 1;
  scenario.model.hidden = c.heads * kHeadDim;
  scenario.model.heads = c.heads;
  scenario.model.kv_heads = c.kv_heads;
  scenario.model.ffn = 4 * scenario.model.hidden;
  return scenario;
}

// What one rank sends in the exchanges of the first `calls` collectives of its context group.
int64_t BytesSent(const Case& c, int calls) {
  const ScenarioSpec scenario = ScenarioOf(c);
  const FakeChip chip(scenario.system.chip);
  const absl::StatusOr<LoweredJob> job = Lower(scenario, chip, /*ignore_fit=*/true);
  EXPECT_THAT(job, IsOk());
  int64_t bytes = 0;
  for (const Instruction& i : job->programs.programs[0].instructions) {
    const bool collective =
        i.kind == InstructionKind::kCollective || i.kind == InstructionKind::kCollectiveAsync;
    if (!collective || i.axis != Axis::kContext || calls-- <= 0) continue;
    bytes += i.bytes.count() * (c.context - 1) / c.context;
  }
  return bytes;
}

// Known answer cp-ring-vs-ulysses: one layer forward, 131,072 tokens over 8 ranks, 8192 wide, as
// many values of keys.
TEST(ContextExchange, CpRingVsUlysses) {
  const int64_t ring = BytesSent({kRing, 131072, 8, 64, 64}, /*calls=*/1);
  const int64_t ulysses = BytesSent({kUlysses, 131072, 8, 64, 64}, /*calls=*/2);
  EXPECT_EQ(ring, 3758096384);
  EXPECT_EQ(ulysses, 939524096);
  EXPECT_EQ(ring, 4 * ulysses);
}

// Forward and backward of a layer. Ring and gather: 2 s K d values each, backward twice (keys and
// values again, and their gradients). Ulysses: (s/c)(2 A + 2 K) d values each way.
TEST(ContextExchange, BytesFollowTheFormulas) {
  for (const int context : {2, 4, 8}) {
    for (const int kv_heads : {8, 16, 64}) {
      const int64_t sequence = 8192;
      const int64_t whole = 2 * sequence * kv_heads * kHeadDim * 2;
      const int64_t ring = 3 * (whole * (context - 1) / context);
      const int64_t split = sequence / context * 2 * (64 + kv_heads) * kHeadDim * 2;
      constexpr int kAll = 1000;
      EXPECT_EQ(BytesSent({kRing, sequence, context, 64, kv_heads}, kAll), ring);
      EXPECT_EQ(BytesSent({kAllGather, sequence, context, 64, kv_heads}, kAll), ring);
      EXPECT_EQ(BytesSent({kUlysses, sequence, context, 64, kv_heads}, kAll),
                2 * (split * (context - 1) / context));
    }
  }
}

double MatrixFlops(const Case& c) {
  const ScenarioSpec scenario = ScenarioOf(c);
  const FakeChip chip(scenario.system.chip);
  const absl::StatusOr<LoweredJob> job = Lower(scenario, chip, /*ignore_fit=*/true);
  EXPECT_THAT(job, IsOk());
  double flops = 0;
  for (const Instruction& i : job->programs.programs[0].instructions) flops += i.matrix_flops;
  return flops;
}

TEST(ContextExchange, EveryKindComputesTheSame) {
  for (const int context : {2, 8}) {
    const double ring = MatrixFlops({kRing, 16384, context, 64, 16});
    EXPECT_EQ(MatrixFlops({kAllGather, 16384, context, 64, 16}), ring);
    EXPECT_NEAR(MatrixFlops({kUlysses, 16384, context, 64, 16}) / ring, 1, 1e-3);
  }
}

}  // namespace
}  // namespace tessera
