// `tessera run --processes`: real processes, over every transport.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/cli/run_command.h"

namespace tessera {
namespace {

using testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string HashOf(const std::string& arguments) {
  const CommandResult result = RunTessera("run " + arguments + " --json");
  EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.err;
  const auto json = nlohmann::json::parse(result.out, nullptr, false);
  return json.is_object() ? json["result_hash"].get<std::string>() : "";
}

struct ShortScenario {
  const char* scenario;
  const char* cut;  // What makes it short.
};

class ShippedScenarioTest : public testing::TestWithParam<ShortScenario> {};

TEST_P(ShippedScenarioTest, HasOneResultOverAnyNumberOfProcesses) {
  const std::string scenario =
      absl::StrCat("configs/scenarios/", GetParam().scenario, ".yaml --set ", GetParam().cut);
  const std::string whole = HashOf(scenario);
  ASSERT_NE(whole, "");
  for (const char* split :
       {"--processes 2", "--processes 3 --transport tcp", "--processes 4 --transport curve",
        "--processes 8", "--processes 8 --transport threads"}) {
    EXPECT_EQ(HashOf(scenario + " " + split), whole) << split;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Scenarios, ShippedScenarioTest,
    testing::Values(ShortScenario{"llama3_70b_inference_h100", "inference.output_tokens=2"},
                    ShortScenario{"gpt3_175b_training_a100",
                                  "plan.virtual_stages=1 --set plan.pipeline=4 --set nodes=4 --set "
                                  "plan.recompute=full --set training.global_batch=4 --set "
                                  "model.layers=4"},
                    ShortScenario{"deepseek_v3_decode_ep32_h100", "inference.output_tokens=1"}));

TEST(SplitRunTest, StatesTheEfficiency) {
  const CommandResult result =
      RunTessera("run configs/scenarios/llama3_70b_inference_h100.yaml --processes 2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("split over 2 processes: "));
  EXPECT_THAT(result.out, HasSubstr("efficiency "));
}

TEST(SplitRunTest, AWorkerWithoutARunIsBadInput) {
  const CommandResult result = RunTessera("node --join /tmp/no_such_run --rank 1 --timeout 1");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("no run has begun here within 1 s"));
}

// A run of three processes that would take very long, one of which gets `signal`.
class LostWorkerTest : public testing::TestWithParam<int> {
 protected:
  LostWorkerTest() : base_("/tmp/tessera_lost." + std::to_string(getpid())) {}
  ~LostWorkerTest() override {
    for (const pid_t worker : workers_) kill(worker, SIGKILL);
    std::remove((base_ + ".err").c_str());
  }
  void Start() {
    run_ = fork();
    if (run_ != 0) return;
    const std::string command = absl::StrCat(
        "exec ", TESSERA_BINARY,
        " run configs/scenarios/gpt3_175b_training_a100.yaml --processes 3 --json --set "
        "training.global_batch=8192 >/dev/null 2>",
        base_, ".err");
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  // Waits for the workers to be there and to compute.
  void FindWorkers() {
    const std::string list = absl::StrCat("/proc/", run_, "/task/", run_, "/children");
    for (int i = 0; i < 400 && workers_.size() < 2; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
      workers_.clear();
      for (const absl::string_view word :
           absl::StrSplit(ReadAll(list), absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
        int pid = 0;
        if (absl::SimpleAtoi(word, &pid)) workers_.push_back(pid);
      }
    }
  }
  std::string base_;
  pid_t run_ = -1;
  std::vector<pid_t> workers_;
};

TEST_P(LostWorkerTest, EndsTheRunWithItsName) {
  Start();
  FindWorkers();
  ASSERT_EQ(workers_.size(), 2U);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  kill(workers_[1], GetParam());
  int state = 0;
  ASSERT_EQ(waitpid(run_, &state, 0), run_);
  EXPECT_TRUE(WIFEXITED(state));
  EXPECT_EQ(WEXITSTATUS(state), 1);
  const std::string err = ReadAll(base_ + ".err");
  EXPECT_THAT(err, HasSubstr("lost process 2 (pid " + std::to_string(workers_[1])));
}
INSTANTIATE_TEST_SUITE_P(Signals, LostWorkerTest, testing::Values(SIGKILL, SIGSTOP),
                         [](const auto& tested) {
                           return std::string(tested.param == SIGKILL ? "Kill" : "Stop");
                         });

// Kills worker 1 of a run with a checkpoint after `delay`; then resumes it.
class CheckpointTest : public testing::TestWithParam<int> {
 protected:
  CheckpointTest()
      : folder_(absl::StrCat("/tmp/tessera_checkpoint.", getpid(), ".", GetParam())),
        run_(absl::StrCat("run configs/scenarios/llama3_70b_inference_h100.yaml --set "
                          "inference.output_tokens=40 --json --processes 3")) {
    std::filesystem::remove_all(folder_);
  }
  ~CheckpointTest() override { std::filesystem::remove_all(folder_); }
  // Whether the kill came before the end.
  bool RunAndKill(std::chrono::milliseconds delay) {
    const std::string command = absl::StrCat("exec ", TESSERA_BINARY, " ", run_, " --checkpoint ",
                                             folder_, " >/dev/null 2>&1");
    const pid_t run = fork();
    if (run == 0) {
      execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    std::this_thread::sleep_for(delay);
    int worker = 0;
    const std::string children = ReadAll(absl::StrCat("/proc/", run, "/task/", run, "/children"));
    const std::vector<std::string> words = absl::StrSplit(children, ' ');
    if (absl::SimpleAtoi(words[0], &worker)) kill(worker, SIGKILL);
    int state = 0;
    EXPECT_EQ(waitpid(run, &state, 0), run);
    return !WIFEXITED(state) || WEXITSTATUS(state) != 0;
  }
  std::string folder_;
  std::string run_;
};

TEST_P(CheckpointTest, AKilledRunGoesOnToTheUndisturbedResult) {
  const CommandResult whole = RunTessera(run_);
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  if (!RunAndKill(std::chrono::milliseconds(GetParam()))) {
    GTEST_SKIP() << "the run ended within " << GetParam() << " ms, before its worker was killed";
  }
  if (!std::filesystem::exists(folder_ + "/checkpoint")) {
    GTEST_SKIP() << "the worker was killed before the checkpoint began";
  }
  const CommandResult resumed = RunTessera(run_ + " --resume --checkpoint " + folder_);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  const auto hash = [](const CommandResult& result) {
    const auto json = nlohmann::json::parse(result.out, nullptr, false);
    return json.is_object() ? json["result_hash"].get<std::string>() : "none";
  };
  EXPECT_EQ(hash(resumed), hash(whole));
  EXPECT_FALSE(std::filesystem::exists(folder_));
}
INSTANTIATE_TEST_SUITE_P(Milliseconds, CheckpointTest, testing::Values(150, 400, 700, 1100));

TEST(SplitRunTest, ResumingWithoutACheckpointSaysSo) {
  const CommandResult result = RunTessera(
      "run configs/scenarios/llama3_70b_inference_h100.yaml --processes 2 --resume "
      "--checkpoint /tmp/no_such_checkpoint");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("no checkpoint here"));
}

}  // namespace
}  // namespace tessera
