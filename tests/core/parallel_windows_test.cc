// How many windows partitions go through, how many are under way, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/memory_transport.h"
#include "core/parallel_run.h"
#include "tests/core/every_pair.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// A crowd at each of two partitions, each sending on to the other from time to time; the second one
// begins almost a lookahead later.
class Crowd : public Component {
 public:
  void Start(ComponentId id, Time at, Engine& engine) {
    for (uint32_t i = 0; i < 1000; ++i) engine.Send(id, at + Duration(i / 10), id, 0, i);
  }
  void OnEvent(const Event& event, Engine& engine) override {
    if (event.time > Time(Duration(100'000))) return;
    const ComponentId target = event.payload % 50 == 0 ? 1 - event.target : event.target;
    engine.Send(event.target, event.time + kLookahead, target, 0, event.payload);
  }
};

std::vector<ParallelRunStatistics> RunCrowds(bool overlap) {
  const LookaheadMatrix lookahead = EveryPair(2);
  const std::vector<int32_t> partition_of = {0, 1};
  std::vector<ParallelRunStatistics> statistics(2);
  EXPECT_THAT(RunOnThreads(2,
                           [&](WindowTransport& transport) {
                             const auto self = static_cast<ComponentId>(transport.self());
                             Crowd crowd;
                             Engine engine;
                             if (self == 1) engine.AddRemote(1);
                             engine.Add(crowd);
                             if (self == 0) engine.AddRemote(1);
                             crowd.Start(self, Time(Duration(90 * self)), engine);
                             const auto run = RunPartition(engine, partition_of, lookahead,
                                                           transport, {.overlap = overlap});
                             if (run.ok()) statistics[self] = *run;
                             return run.status();
                           }),
              IsOk());
  return statistics;
}

TEST(ParallelWindows, PartitionsWithMuchToDoWorkAtTheSameTime) {
  // Taking turns, one of them is idle or nearly so in each window and as many windows do.
  for (const ParallelRunStatistics& part : RunCrowds(false)) {
    EXPECT_LE(part.idle_windows, 2);
    EXPECT_GE(part.windows, 1000);
  }
}

TEST(ParallelWindows, OverlappingWindowsAreHalfAsLong) {
  for (const ParallelRunStatistics& part : RunCrowds(true)) {
    EXPECT_LE(part.idle_windows, 6);  // The second crowd's begins, and the ends.
    EXPECT_GE(part.windows, 2000);
    EXPECT_LE(part.windows, 2010);
  }
}

// Two processes on two partitions that answer one another `rounds` times, with long gaps.
class Echo : public Component {
 public:
  Echo(ComponentId other, int rounds) : other_(other), rounds_(rounds) {}
  void OnEvent(const Event& event, Engine& engine) override {
    if (rounds_-- == 0) return;
    engine.Send(event.target, engine.now() + std::chrono::milliseconds(1), other_, 0, 0);
  }

 private:
  ComponentId other_;
  int rounds_;
};

// Counts what has been sent but not received whenever somebody waits.
class CountingTransport : public WindowTransport {
 public:
  explicit CountingTransport(WindowTransport& inner) : inner_(inner) {}
  int self() const override { return inner_.self(); }
  int partitions() const override { return inner_.partitions(); }
  absl::Status SendWindow(const std::vector<WindowMessage>& outgoing) override {
    ++under_way_;
    return inner_.SendWindow(outgoing);
  }
  absl::Status ReceiveWindow(std::vector<WindowMessage>& incoming) override {
    waits.push_back(under_way_--);
    return inner_.ReceiveWindow(incoming);
  }
  absl::StatusOr<std::vector<std::string>> Gather(std::string mine) override {
    return inner_.Gather(std::move(mine));
  }
  std::vector<int> waits;

 private:
  WindowTransport& inner_;
  int under_way_ = 0;
};

// The windows under way at each wait of a partition.
std::vector<int> WaitsOfEchoes(bool overlap) {
  std::vector<int> waits;
  const LookaheadMatrix lookahead = EveryPair(2);
  EXPECT_THAT(RunOnThreads(2,
                           [&](WindowTransport& transport) {
                             CountingTransport counting(transport);
                             const int self = transport.self();
                             Echo echo(static_cast<ComponentId>(1 - self), 20);
                             Engine engine;
                             if (self == 1) engine.AddRemote(1);
                             const ComponentId id = engine.Add(echo);
                             if (self == 0) engine.AddRemote(1);
                             engine.Send(id, Time{}, id, 0, 0);
                             const auto run = RunPartition(engine, {0, 1}, lookahead, counting,
                                                           {.overlap = overlap});
                             if (self == 0) waits = counting.waits;
                             return run.status();
                           }),
              IsOk());
  return waits;
}

TEST(ParallelWindows, WithOverlapNobodyWaitsForTheWindowJustEnded) {
  EXPECT_THAT(WaitsOfEchoes(false), testing::Each(1));
  std::vector<int> waits = WaitsOfEchoes(true);
  ASSERT_GT(waits.size(), 40U);
  EXPECT_EQ(waits.back(), 1);  // At the end nothing is left under way.
  waits.pop_back();
  EXPECT_THAT(waits, testing::Each(2));
}

TEST(ParallelWindows, WindowsJumpToTheNextEvent) {
  constexpr int kRounds = 20;
  MemoryExchange exchange(2);
  const LookaheadMatrix lookahead = EveryPair(2);  // 10^7 times shorter than the gaps.
  std::vector<std::thread> threads;
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      Echo echo(static_cast<ComponentId>(1 - p), kRounds);
      Engine engine;
      if (p == 1) engine.AddRemote(1);
      const ComponentId id = engine.Add(echo);
      if (p == 0) {
        engine.AddRemote(1);
        engine.Send(id, Time{}, id, 0, 0);
      }
      const auto run = RunPartition(engine, {0, 1}, lookahead, *exchange.Transport(p));
      ASSERT_THAT(run, IsOk());
      EXPECT_EQ(run->windows, 2 * kRounds + 1);
      EXPECT_EQ(run->events + run->idle_windows, run->windows);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

class StopTest : public testing::TestWithParam<bool> {};

TEST_P(StopTest, AStopOfOnePartitionEndsAll) {
  MemoryExchange exchange(2);
  const std::vector<int32_t> partition_of = {0, 1};
  std::vector<std::thread> threads;
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      Echo echo(static_cast<ComponentId>(1 - p), 1'000'000'000);
      Engine engine;
      if (p == 1) engine.AddRemote(1);
      const ComponentId id = engine.Add(echo);
      if (p == 0) engine.AddRemote(1);
      engine.Send(id, Time{}, id, 0, 0);
      int windows = 0;
      const auto run = RunPartition(
          engine, partition_of, EveryPair(2), *exchange.Transport(p),
          {.overlap = GetParam(), .stop = [&windows, p] { return p == 1 && ++windows == 5; }});
      ASSERT_THAT(run, IsOk());
      EXPECT_TRUE(run->stopped);
      EXPECT_EQ(run->windows, GetParam() ? 6 : 5);  // When all have heard of it.
    });
  }
  for (std::thread& thread : threads) thread.join();
}
INSTANTIATE_TEST_SUITE_P(ParallelRun, StopTest, testing::Bool(), [](const auto& tested) {
  return std::string(tested.param ? "Overlapping" : "InTurn");
});

TEST(ParallelWindows, WhenAPartitionFailsTheOthersHearTheReason) {
  MemoryExchange exchange(2);
  std::thread waiting([&] {
    Echo echo(1, 3);
    Engine engine;
    const ComponentId id = engine.Add(echo);
    engine.AddRemote(1);
    engine.Send(id, Time{}, id, 0, 0);
    EXPECT_THAT(RunPartition(engine, {0, 1}, EveryPair(2), *exchange.Transport(0)).status(),
                FailsWith("partition 1 is gone"));
  });
  exchange.Abandon(absl::UnavailableError("partition 1 is gone"));
  waiting.join();
}

}  // namespace
}  // namespace tessera
