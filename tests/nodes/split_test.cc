// A run gives the same result however it is split.
#include "nodes/split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "configs/catalog.h"
#include "core/hash.h"
#include "nodes/simulation.h"
#include "nodes/split_summary.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

class Fingerprint {
 public:
  void Add(Duration d) { hash_.AddInteger(static_cast<uint64_t>(d.count())); }
  void Add(Time t) { Add(t.time_since_epoch()); }
  void Add(Bytes b) { hash_.AddInteger(static_cast<uint64_t>(b.count())); }
  void Add(int64_t n) { hash_.AddInteger(static_cast<uint64_t>(n)); }
  void Add(double x) {
    uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof(bits));
    hash_.AddInteger(bits);
  }
  void Add(absl::string_view text) { hash_.Add(text); }
  std::string Hex() const { return hash_.Hex(); }

 private:
  StableHash hash_;
};

// Of everything that a run tells about the simulated machine.
std::string FingerprintOf(const SimulationResult& result) {
  Fingerprint print;
  print.Add(result.makespan);
  print.Add(result.events);
  print.Add(result.bottleneck);
  for (const auto& [label, time] : result.marks) print.Add(time);
  for (const Duration busy : result.rank_busy) print.Add(busy);
  for (const Duration d : result.breakdown.waiting) print.Add(d);
  for (const Duration d : result.breakdown.exposed_communication) print.Add(d);
  for (const TierSummary& tier : result.tiers) {
    print.Add(tier.bytes);
    for (const LinkSummary& link : tier.hottest) print.Add(link.bytes);
  }
  for (const LinkTimeline& timeline : result.timelines) {
    for (const double share : timeline.utilisation) print.Add(share);
  }
  for (const CollectiveSummary& row : result.collectives) {
    print.Add(row.algorithm);
    print.Add(row.calls);
    print.Add(row.total);
  }
  for (const Span& span : result.spans) {
    print.Add(int64_t{span.rank});
    print.Add(span.begin);
    print.Add(span.end);
  }
  return print.Hex();
}

class SplitTest : public testing::TestWithParam<const char*> {};

TEST_P(SplitTest, EveryNumberOfPartitionsGivesTheSameResult) {
  const Catalog catalog("configs");
  const auto scenario = catalog.ParseScenario(GetParam(), "test.yaml");
  ASSERT_THAT(scenario, IsOk());
  const auto whole = Simulate(*scenario, {});
  ASSERT_THAT(whole, IsOk());
  for (const int partitions : {1, 2, 3, 4, 8}) {
    SCOPED_TRACE(partitions);
    const auto split = SimulateOnThreads(*scenario, {}, partitions);
    ASSERT_THAT(split, IsOk());
    EXPECT_EQ(split->makespan, whole->makespan);
    EXPECT_EQ(split->events, whole->events);
    EXPECT_EQ(FingerprintOf(*split), FingerprintOf(*whole));
    EXPECT_EQ(split->partitions.size(), static_cast<size_t>(partitions));
  }
}

INSTANTIATE_TEST_SUITE_P(Jobs, SplitTest,
                         testing::Values(
                             // Tensor groups inside nodes, data parallelism between them.
                             R"(
system: dgx_h100
nodes: 2
model: llama3p1_8b
training: {sequence: 512, global_batch: 16}
plan: {tensor: 4, micro_batch: 2}
)",
                             // A pipeline over four nodes.
                             R"(
system: dgx_a100
nodes: 4
model: llama3p1_8b
training: {sequence: 512, global_batch: 16}
plan: {tensor: 8, pipeline: 4, micro_batch: 1}
)",
                             // Decode steps that repeat.
                             R"(
system: dgx_h100
model: llama3p1_8b
inference: {batch: 16, prompt_tokens: 128, output_tokens: 5}
plan: {tensor: 4}
)",
                             R"(
system: dgx_h100
nodes: 2
collective: {operation: all_reduce, bytes: 64 MiB}
)"));

TEST(Split, ADomainIsWhatSharesLinks) {
  const Catalog catalog("configs");
  const auto scenario = catalog.ParseScenario(R"(
system: dgx_h100
nodes: 4
model: llama3p1_8b
inference: {batch: 16, prompt_tokens: 128, output_tokens: 3}
plan: {tensor: 8}
)",
                                              "test.yaml");
  ASSERT_THAT(scenario, IsOk());
  const auto split = SimulateOnThreads(*scenario, {}, 4);
  ASSERT_THAT(split, IsOk());
  // Four replicas that never meet: each process has one node, and nobody sends anything.
  for (const PartitionLoad& load : split->partitions) {
    EXPECT_EQ(load.logical_processes, 9);
    EXPECT_EQ(load.events_sent, 0);
    EXPECT_EQ(load.windows, 1);
  }
}

TEST(Split, AFoldedJobRunsOnOneProcess) {
  const Catalog catalog("configs");
  const auto scenario = catalog.ParseScenario(R"(
system: dgx_h100
nodes: 16
model: llama3p1_8b
training: {sequence: 512, global_batch: 64}
plan: {tensor: 8, pipeline: 4, micro_batch: 1}
)",
                                              "test.yaml");
  ASSERT_THAT(scenario, IsOk());
  const SimulationOptions folding{.fold_above_ranks = 0};
  const auto whole = Simulate(*scenario, folding);
  ASSERT_THAT(whole, IsOk());
  ASSERT_GT(whole->folded, 1);
  const auto split = SimulateOnThreads(*scenario, folding, 3);
  ASSERT_THAT(split, IsOk());
  EXPECT_EQ(FingerprintOf(*split), FingerprintOf(*whole));
  ASSERT_EQ(split->partitions.size(), 3U);
  EXPECT_EQ(split->partitions[0].events, whole->events);
  EXPECT_EQ(split->partitions[2].logical_processes, 0);
  EXPECT_THAT(SplitSummary(split->partitions, split->folded),
              testing::HasSubstr("not split over 3 processes: each rank that runs stands for "));
}

TEST(SplitSummary, SaysWhetherSplittingPays) {
  const std::string slow = SplitSummary({{.events = 900,
                                          .windows = 300,
                                          .events_sent = 100,
                                          .busy_seconds = 0.001,
                                          .waiting_seconds = 0.02,
                                          .logical_processes = 5},
                                         {.events = 100,
                                          .windows = 300,
                                          .busy_seconds = 0.0001,
                                          .waiting_seconds = 0.02,
                                          .logical_processes = 4}});
  EXPECT_THAT(slow, testing::HasSubstr("300 windows, 3.3 events a window"));
  EXPECT_THAT(slow, testing::HasSubstr("splitting slows this run down"));
  EXPECT_THAT(slow, testing::HasSubstr("what would help: a window costs 67 us"));
  EXPECT_THAT(slow, testing::HasSubstr("one process has 91 % of the work"));
  const std::string fast =
      SplitSummary({{.events = 1'000'000, .windows = 10, .busy_seconds = 1, .waiting_seconds = 0.1},
                    {.events = 1'000'000,
                     .windows = 10,
                     .busy_seconds = 1,
                     .waiting_seconds = 0.1,
                     .logical_processes = 5}});
  EXPECT_THAT(fast, testing::HasSubstr("splitting pays: 1.82 times as fast as one process"));
  EXPECT_THAT(fast, testing::Not(testing::HasSubstr("what would help")));
  EXPECT_EQ(SplitSummary({{.events = 5}}), "");
}

}  // namespace
}  // namespace tessera
