// Processes of a split run that are killed or stopped: the others end and say who is lost, and
// --resume goes on to the undisturbed result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/cli/running_tessera.h"

namespace tessera {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// Takes many seconds to prepare.
constexpr char kLong[] =
    "configs/scenarios/gpt3_175b_training_a100.yaml --processes 3 --json --set "
    "training.global_batch=8192";

class LostProcessTest : public testing::Test {
 protected:
  LostProcessTest() : folder_(absl::StrCat("/tmp/tessera_lost.", getpid())) {
    std::filesystem::remove_all(folder_);
  }
  ~LostProcessTest() override { std::filesystem::remove_all(folder_); }
  const std::string folder_;
};

// Its I/O thread is stopped too, so it answers no heartbeats.
TEST_F(LostProcessTest, AStoppedWorkerIsFound) {
  RunningTessera run(absl::StrCat(
      "run configs/scenarios/llama3_70b_inference_h100.yaml --processes 3 --checkpoint ", folder_));
  const std::vector<pid_t> workers = run.WaitForChildren(2);
  ASSERT_EQ(workers.size(), 2U);
  ASSERT_TRUE(WaitUntil([&] { return !ReadFile(folder_ + "/windows.2").empty(); }));
  kill(workers[1], SIGSTOP);
  const CommandResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("lost process 2 (pid ", workers[1])));
}

// The starter learns it from the system, and tells.
TEST_F(LostProcessTest, AWorkerKilledWhileAllPrepareIsNamed) {
  RunningTessera run(absl::StrCat("run ", kLong));
  const std::vector<pid_t> workers = run.WaitForChildren(2);
  ASSERT_EQ(workers.size(), 2U);
  kill(workers[1], SIGKILL);
  const CommandResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat("lost process 2 (pid ", workers[1],
                                                 "): it was ended by Killed")));
}

// Workers that nobody here has started: the broken connection tells.
TEST_F(LostProcessTest, AKilledWorkerOfAnotherMachineIsNamedByAllOthers) {
  RunningTessera run(absl::StrCat("run ", kLong, " --rendezvous ", folder_));
  RunningTessera first(absl::StrCat("node --rank 1 --join ", folder_));
  RunningTessera second(absl::StrCat("node --rank 2 --join ", folder_));
  ASSERT_TRUE(WaitUntil([&] { return !ReadFile(folder_ + "/process.2").empty(); }));
  // Closed when all have met.
  ASSERT_TRUE(WaitUntil([&] { return !std::filesystem::exists(folder_ + "/run"); }));
  const std::string lost = absl::StrCat("lost process 2 (pid ", second.pid());
  kill(second.pid(), SIGKILL);
  const CommandResult of_run = run.Wait();
  const CommandResult of_first = first.Wait();
  EXPECT_EQ(of_run.exit_code, 1);
  EXPECT_EQ(of_first.exit_code, 1);
  EXPECT_THAT(of_run.err, HasSubstr(lost));
  EXPECT_THAT(of_first.err, HasSubstr(lost));
}

int64_t NumberIn(const char* variable, int64_t otherwise) {
  const char* const text = std::getenv(variable);
  int64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// Kills one of three processes when the checkpoint has reached a random size.
// TESSERA_KILL_POINTS=20 TESSERA_KILL_SEED=7 in the environment ask for more points than 3 and
// others; the time that survivors took to end is printed.
class KilledProcessTest : public LostProcessTest {
 protected:
  static constexpr char kRun[] =
      "run configs/scenarios/llama3_70b_inference_h100.yaml --set inference.output_tokens=16 "
      "--json --processes 3";

  int64_t CheckpointBytes() const {
    int64_t bytes = 0;
    for (int p = 0; p < 3; ++p) {
      std::error_code none;
      const auto size = std::filesystem::file_size(absl::StrCat(folder_, "/windows.", p), none);
      if (!none) bytes += static_cast<int64_t>(size);
    }
    return bytes;
  }
  std::string WithCheckpoint() const { return absl::StrCat(kRun, " --checkpoint ", folder_); }
  // Of an undisturbed run.
  int64_t LargestCheckpoint() const {
    RunningTessera run(WithCheckpoint());
    int64_t largest = 0;
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(run.pid()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0) {
      largest = std::max(largest, CheckpointBytes());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(run.Wait().exit_code, 0);
    return largest;
  }
  // False: the run was over before. Checks what the survivors say.
  bool KillAt(int64_t bytes, int victim, std::chrono::duration<double>& took) const {
    RunningTessera run(WithCheckpoint());
    std::vector<pid_t> processes = run.WaitForChildren(2);
    if (processes.size() != 2) return false;
    processes.insert(processes.begin(), run.pid());
    siginfo_t info{};
    const auto over = [&] {
      return waitid(P_PID, static_cast<id_t>(run.pid()), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
             info.si_pid != 0;
    };
    WaitUntil([&] { return CheckpointBytes() >= bytes || over(); });
    if (over()) return false;
    const Clock::time_point killed = Clock::now();
    kill(processes[static_cast<size_t>(victim)], SIGKILL);
    waitid(P_PID, static_cast<id_t>(run.pid()), &info, WEXITED | WNOWAIT);
    // Workers whose starter was killed have become children of this process.
    for (size_t p = 1; p < processes.size(); ++p) waitpid(processes[p], nullptr, 0);
    took = Clock::now() - killed;
    const CommandResult result = run.Wait();
    EXPECT_THAT(result.err, HasSubstr(absl::StrCat("lost process ", victim, " (pid ",
                                                   processes[static_cast<size_t>(victim)])));
    return true;
  }
};

TEST_F(KilledProcessTest, AtAnyPointTheRunGoesOnToTheUndisturbedResult) {
  const std::string whole = ResultHashOf(RunTessera(kRun).out);
  ASSERT_NE(whole, "");
  const int64_t largest = LargestCheckpoint();
  ASSERT_GT(largest, 0);
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const int64_t seed = NumberIn("TESSERA_KILL_SEED", 1);
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  const int64_t points = NumberIn("TESSERA_KILL_POINTS", 3);
  const uint64_t first_victim = random();
  std::chrono::duration<double> longest{0};
  for (int64_t i = 0; i < points; ++i) {
    const auto bytes = static_cast<int64_t>(random() % static_cast<uint64_t>(largest));
    const auto victim = static_cast<int>((first_victim + static_cast<uint64_t>(i)) % 3);
    SCOPED_TRACE(absl::StrCat("seed ", seed, ": process ", victim, " at ", bytes, " bytes"));
    std::chrono::duration<double> took{0};
    const bool killed = KillAt(bytes, victim, took);
    const std::string resume = killed ? " --resume" : "";
    const CommandResult resumed = RunTessera(WithCheckpoint() + resume);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(ResultHashOf(resumed.out), whole);
    EXPECT_FALSE(std::filesystem::exists(folder_));
    longest = std::max(longest, took);
    std::cout << absl::StrFormat(
        "point %d: process %d killed at %d of %d bytes, %s %.2f s\n", i, victim, bytes, largest,
        killed ? "survivors ended after" : "the run was over", took.count());
  }
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  std::cout << absl::StrFormat("the longest took %.2f s\n", longest.count());
}

}  // namespace
}  // namespace tessera
