// Sweeps whose tasks are killed: what is missing is done later, and nothing twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/cli/running_tessera.h"
#include "tests/cli/slurm_cluster.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

constexpr int kScenarios = 40;
constexpr int kKills = 3;

class KilledSweepTest : public testing::Test {
 protected:
  KilledSweepTest()
      : folder_(absl::StrCat("/tmp/tessera_killed_sweep.", getpid())),
        sweep_(absl::StrCat("sweep ", folder_, "/study.yaml --out ", folder_, "/out")) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    std::ofstream(folder_ + "/base.yaml")
        << "system: dgx_h100\nmodel: llama3p1_70b\n"
           "inference: {batch: 8, prompt_tokens: 16, output_tokens: 24}\nplan: {tensor: 8}\n";
    std::ofstream(folder_ + "/study.yaml")
        << "scenario: base.yaml\nvary:\n  inference.batch: [1, 2, 3, 4, 5, 6, 7, 8]\n"
           "  inference.prompt_tokens: [16, 32, 64, 128, 256]\n";
  }
  ~KilledSweepTest() override { fs::remove_all(folder_); }

  // The lines of all shards.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::error_code none;
    for (const auto& shard : fs::directory_iterator(folder_ + "/out/shards", none)) {
      std::ifstream file(shard.path());
      for (std::string line; std::getline(file, line);) lines.push_back(line);
    }
    return lines;
  }
  // When the sweep has results for a share of its scenarios: a quarter, a half, three quarters.
  void WaitForShare(int kill_number) const {
    const size_t wanted = static_cast<size_t>(kScenarios * kill_number / (kKills + 1));
    ASSERT_TRUE(WaitUntil([&] { return Lines().size() >= wanted; }));
  }
  void ExpectAllOnce(const CommandResult& last) const {
    EXPECT_EQ(last.exit_code, 0) << last.err;
    const auto json = nlohmann::json::parse(last.out, nullptr, false);
    ASSERT_TRUE(json.is_object());
    EXPECT_EQ(json["total"], kScenarios);
    EXPECT_EQ(json["done"], kScenarios);
    EXPECT_EQ(json["failed"], 0);
    std::set<std::string> keys;
    int complete = 0;
    for (const std::string& line : Lines()) {
      const auto row = nlohmann::json::parse(line, nullptr, false);
      if (!row.is_object()) continue;  // Torn by a kill.
      keys.insert(row["key"].get<std::string>());
      ++complete;
    }
    EXPECT_EQ(keys.size(), static_cast<size_t>(kScenarios));
    EXPECT_EQ(complete, kScenarios);
  }
  const std::string folder_;
  const std::string sweep_;
};

TEST_F(KilledSweepTest, ALocalSweepKilledThreeTimesEndsCompleteWithoutDuplicates) {
  for (int k = 1; k <= kKills; ++k) {
    RunningTessera run(sweep_ + " --jobs 2");
    WaitForShare(k);
    kill(run.pid(), SIGKILL);
    EXPECT_EQ(run.Wait().exit_code, 128 + SIGKILL);
  }
  ExpectAllOnce(RunTessera(sweep_ + " --jobs 2 --json"));
}

// The processes of array task `task`, parents before their children.
std::vector<pid_t> ProcessesOfTask(const std::string& folder, int task) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    const std::string command = ReadFile(entry.path() / "cmdline");
    const std::string environment = ReadFile(entry.path() / "environ");
    if (absl::StrContains(command, std::string("sweep\0", 6) + folder) &&
        absl::StrContains(environment, absl::StrCat("SLURM_ARRAY_TASK_ID=", task))) {
      found.push_back(pid);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST_F(KilledSweepTest, ASlurmTaskKilledThreeTimesEndsCompleteWithoutDuplicates) {
  const std::string missing = SlurmCluster::WhatIsMissing();
  if (!missing.empty()) GTEST_SKIP() << missing;
  const SlurmCluster cluster(2, 1);
  RunningTessera run(sweep_ + " --slurm 2 --jobs 1 --json");
  for (int k = 1; k <= kKills; ++k) {
    WaitForShare(k);
    std::vector<pid_t> task;
    ASSERT_TRUE(WaitUntil([&] { return !(task = ProcessesOfTask(folder_, k % 2)).empty(); }));
    EXPECT_EQ(kill(task[0], SIGKILL), 0);
  }
  const CommandResult result = run.Wait();
  EXPECT_THAT(result.err, testing::HasSubstr("a task was lost; "));
  ExpectAllOnce(result);
}

}  // namespace
}  // namespace tessera
