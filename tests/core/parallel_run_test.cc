#include "core/parallel_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/hash.h"
#include "core/memory_transport.h"
#include "core/random.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr uint32_t kProcesses = 60;
constexpr Duration kLookahead{100};

// PHOLD (bench/phold.h) that hashes every event in the order of its delivery, at each process.
class Process : public Component {
 public:
  Process(ComponentId id, uint64_t seed) : id_(id), random_({.run_seed = seed, .component = id}) {}

  void SendNext(Engine& engine) {
    const auto target = static_cast<ComponentId>(random_.Below(kProcesses));
    // Few distinct delays, so that many events fall on one time.
    const Duration delay = kLookahead + Duration(static_cast<int64_t>(10 * random_.Below(30)));
    engine.Send(id_, engine.now() + delay, target, 7, random_.Next());
  }
  void OnEvent(const Event& event, Engine& engine) override {
    trace.AddInteger(static_cast<uint64_t>(event.time.time_since_epoch().count()));
    trace.AddInteger(event.order);
    trace.AddInteger(event.payload);
    if (event.time < Time(Duration(20'000))) SendNext(engine);
  }
  StableHash trace;

 private:
  ComponentId id_;
  RandomStream random_;
};

// What partition `self` makes of the processes that `partition_of` gives it.
class Part {
 public:
  Part(int self, const std::vector<int32_t>& partition_of, uint64_t seed) : self_(self) {
    processes_.reserve(kProcesses);
    for (ComponentId id = 0; id < kProcesses; ++id) {
      processes_.emplace_back(id, seed);
      const bool mine = partition_of[id] == self;
      mine_.push_back(mine);
      if (mine) {
        engine.Add(processes_.back());
      } else {
        engine.AddRemote(1);
      }
    }
    for (ComponentId id = 0; id < kProcesses; ++id) {
      for (int i = 0; i < 3 && mine_[id]; ++i) processes_[id].SendNext(engine);
    }
  }
  std::string Traces() const {
    std::string traces;
    for (ComponentId id = 0; id < kProcesses; ++id) {
      if (mine_[id]) traces += std::to_string(id) + ":" + processes_[id].trace.Hex() + "\n";
    }
    return traces;
  }
  Engine engine;

 private:
  int self_;
  std::vector<bool> mine_;
  std::vector<Process> processes_;
};

LookaheadMatrix EveryPair(int partitions) {
  LookaheadMatrix lookahead(partitions);
  for (int p = 0; p < partitions; ++p) {
    for (int q = 0; q < partitions; ++q) {
      if (p != q) lookahead.Limit(p, q, kLookahead);
    }
  }
  return lookahead;
}

std::vector<std::string> SortedLines(const std::vector<std::string>& texts) {
  std::vector<std::string> lines;
  for (const std::string& text : texts) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The traces of all processes, one a line, from threads that run a partition each.
std::vector<std::string> RunSplit(const std::vector<int32_t>& partition_of, int partitions,
                                  uint64_t seed, bool overlap) {
  MemoryExchange exchange(partitions);
  const LookaheadMatrix lookahead = EveryPair(partitions);
  std::vector<std::string> all;
  std::vector<std::thread> threads;
  for (int p = 0; p < partitions; ++p) {
    threads.emplace_back([&, p] {
      Part part(p, partition_of, seed);
      const auto transport = exchange.Transport(p);
      const auto run =
          RunPartition(part.engine, partition_of, lookahead, *transport, {.overlap = overlap});
      EXPECT_THAT(run, IsOk());
      auto gathered = transport->Gather(part.Traces());
      EXPECT_THAT(gathered, IsOk());
      if (p == 0) all = *std::move(gathered);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return SortedLines(all);
}

std::vector<std::string> RunWhole(uint64_t seed) {
  Part part(0, std::vector<int32_t>(kProcesses, 0), seed);
  part.engine.Run();
  return SortedLines({part.Traces()});
}

struct RunCase {
  int partitions;
  bool overlap;
};

class ParallelRunTest : public testing::TestWithParam<RunCase> {};

TEST_P(ParallelRunTest, EveryProcessSeesTheSameEventsInTheSameOrder) {
  const auto [partitions, overlap] = GetParam();
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<std::string> whole = RunWhole(seed);
    std::vector<int32_t> blocks;
    std::vector<int32_t> scattered;
    RandomStream random({.run_seed = seed, .component = 999});
    for (uint32_t i = 0; i < kProcesses; ++i) {
      blocks.push_back(static_cast<int32_t>(i) * partitions / static_cast<int32_t>(kProcesses));
      scattered.push_back(static_cast<int32_t>(random.Below(static_cast<uint64_t>(partitions))));
    }
    EXPECT_EQ(RunSplit(blocks, partitions, seed, overlap), whole);
    EXPECT_EQ(RunSplit(scattered, partitions, seed, overlap), whole);
  }
}
INSTANTIATE_TEST_SUITE_P(Partitions, ParallelRunTest, testing::ValuesIn([] {
                           std::vector<RunCase> cases;
                           for (const int partitions : {1, 2, 3, 4, 8}) {
                             cases.push_back({partitions, false});
                             cases.push_back({partitions, true});
                           }
                           return cases;
                         }()),
                         [](const auto& tested) {
                           return (tested.param.overlap ? "Overlapping" : "InTurn") +
                                  std::to_string(tested.param.partitions);
                         });

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

TEST(ParallelRun, PartitionsWithMuchToDoWorkAtTheSameTime) {
  // Taking turns, one of them is idle or nearly so in each window and as many windows do.
  for (const ParallelRunStatistics& part : RunCrowds(false)) {
    EXPECT_LE(part.idle_windows, 2);
    EXPECT_GE(part.windows, 1000);
  }
}

TEST(ParallelRun, OverlappingWindowsAreHalfAsLong) {
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

TEST(ParallelRun, WithOverlapNobodyWaitsForTheWindowJustEnded) {
  EXPECT_THAT(WaitsOfEchoes(false), testing::Each(1));
  std::vector<int> waits = WaitsOfEchoes(true);
  ASSERT_GT(waits.size(), 40U);
  EXPECT_EQ(waits.back(), 1);  // At the end nothing is left under way.
  waits.pop_back();
  EXPECT_THAT(waits, testing::Each(2));
}

TEST(ParallelRun, WindowsJumpToTheNextEvent) {
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

TEST(ParallelRun, WhenAPartitionFailsTheOthersHearTheReason) {
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

TEST(LookaheadMatrix, DistancesGoByTheShortestChain) {
  LookaheadMatrix lookahead(3);
  lookahead.Limit(0, 1, Duration(5));
  lookahead.Limit(1, 2, Duration(7));
  lookahead.Limit(0, 2, Duration(20));
  lookahead.Limit(2, 0, Duration(1));
  lookahead.Limit(2, 0, Duration(3));  // The smaller one holds.
  const LookaheadMatrix distances = lookahead.Distances();
  EXPECT_EQ(distances.At(0, 2), Duration(12));
  EXPECT_EQ(distances.At(0, 0), Duration(13));
  EXPECT_EQ(distances.At(1, 0), Duration(8));
  EXPECT_EQ(LookaheadMatrix(2).Distances().At(0, 1), LookaheadMatrix::kNever);
}

}  // namespace
}  // namespace tessera
