#include "core/parallel_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "core/hash.h"
#include "core/memory_transport.h"
#include "core/random.h"
#include "tests/core/every_pair.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr uint32_t kProcesses = 60;

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
  Part(int self, const std::vector<int32_t>& partition_of, uint64_t seed) {
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
  std::vector<bool> mine_;
  std::vector<Process> processes_;
};

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
