#include "bench/measurement.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <thread>

#include "tests/status_matchers.h"

namespace tessera {
namespace {

constexpr std::clock_t kSpinClocks = CLOCKS_PER_SEC / 20;

int64_t Spin() {
  const std::clock_t start = std::clock();
  int64_t rounds = 0;
  while (std::clock() - start < kSpinClocks) ++rounds;
  return rounds;
}

TEST(MeasurementTest, AccountsForTheProcessorTimeOfTheBenchmark) {
  const absl::StatusOr<Measurement> spinning = Measure({.name = "spin", .run = Spin});
  ASSERT_THAT(spinning, IsOk());
  EXPECT_GT(spinning->items, 0);
  EXPECT_GE(spinning->cpu_s, 0.05);
  EXPECT_LT(spinning->cpu_s, 0.1);
  EXPECT_GE(spinning->wall_s, 0.05);
  EXPECT_DOUBLE_EQ(spinning->items_per_cpu_s(),
                   static_cast<double>(spinning->items) / spinning->cpu_s);
}

TEST(MeasurementTest, SleepTakesWallTimeOnly) {
  const absl::StatusOr<Measurement> sleeping =
      Measure({.name = "sleep", .run = [] {
                 std::this_thread::sleep_for(std::chrono::milliseconds(60));
                 return 7;
               }});
  ASSERT_THAT(sleeping, IsOk());
  EXPECT_EQ(sleeping->items, 7);
  EXPECT_GE(sleeping->wall_s, 0.06);
  EXPECT_LT(sleeping->cpu_s, 0.05);
}

TEST(MeasurementTest, PeakMemoryIsThatOfTheBenchmarkAlone) {
  constexpr int64_t kBlock = int64_t{64} << 20;
  const auto hold = [] {
    const std::string block(static_cast<size_t>(kBlock), 'x');
    return static_cast<int64_t>(block.find('y') == std::string::npos);
  };
  const absl::StatusOr<Measurement> large = Measure({.name = "large", .run = hold});
  const absl::StatusOr<Measurement> small = Measure({.name = "small", .run = [] { return 1; }});
  ASSERT_THAT(large, IsOk());
  ASSERT_THAT(small, IsOk());
  EXPECT_GE(large->peak_rss_bytes, kBlock);
  EXPECT_LT(small->peak_rss_bytes, kBlock);
}

TEST(MeasurementTest, ABenchmarkThatFailsIsAnError) {
  EXPECT_THAT(Measure({.name = "exits", .run = []() -> int64_t { _exit(3); }}),
              FailsWith("exits: its process ended with exit code 3 and no result"));
  EXPECT_THAT(Measure({.name = "dies",
                       .run = []() -> int64_t {
                         std::raise(SIGKILL);
                         return 0;
                       }}),
              FailsWith("dies: its process was ended by signal 9 (Killed)"));
}

TEST(MeasurementTest, TheBestOfSeveralRunsIsTheOneWithTheLeastProcessorTime) {
  const absl::StatusOr<Measurement> best = MeasureBest({.name = "spin", .run = Spin}, 3);
  ASSERT_THAT(best, IsOk());
  EXPECT_GE(best->cpu_s, 0.05);
  EXPECT_LT(best->cpu_s, 0.1);
}

TEST(MeasurementDeathTest, APlannedBenchmarkCannotRun) {
  EXPECT_DEATH((void)Measure({.name = "later"}), "check failed: !benchmark.planned\\(\\)");
}

}  // namespace
}  // namespace tessera
