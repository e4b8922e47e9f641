// One simulation over several hosts whose links fail: network namespaces of this machine
// (scripts/test_hosts).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/cli/running_tessera.h"

namespace tessera {
namespace {

using testing::HasSubstr;

class NetworkTest : public testing::Test {
 protected:
  NetworkTest()
      : folder_(absl::StrCat("/tmp/tessera_network.", getpid())),
        hosts_(absl::StrCat("tsr", getpid(), "h")) {
    std::filesystem::remove_all(folder_);
  }
  ~NetworkTest() override {
    if (up_) Hosts("down " + hosts_);
    std::filesystem::remove_all(folder_);
  }
  // What is missing, in one line; empty: `count` hosts are there.
  std::string Start(int count) {
    const CommandResult check = Hosts("check");
    if (check.exit_code != 0) return check.out + check.err;
    up_ = true;
    const CommandResult up = Hosts(absl::StrCat("up ", hosts_, " ", count, " ", getpid() % 250));
    EXPECT_EQ(up.exit_code, 0) << up.err;
    return "";
  }
  static CommandResult Hosts(const std::string& arguments) {
    return RunCommand("scripts/test_hosts " + arguments);
  }
  // For RunningTessera.
  std::string At(int host) const {
    return absl::StrCat("scripts/test_hosts run ", hosts_, " ", host);
  }

  const std::string folder_;
  const std::string hosts_;
  bool up_ = false;
};

TEST_F(NetworkTest, AHostWhoseLinkIsCutIsLostAndEndsToo) {
  const std::string missing = Start(3);
  if (!missing.empty()) GTEST_SKIP() << missing;
  RunningTessera run(
      absl::StrCat("run configs/scenarios/gpt3_175b_training_a100.yaml --json --set ",
                   "training.global_batch=8192 --processes 3 --rendezvous ", folder_),
      At(1));
  RunningTessera first("node --rank 1 --join " + folder_, At(2));
  RunningTessera second("node --rank 2 --join " + folder_, At(3));
  ASSERT_TRUE(WaitUntil([&] { return !ReadFile(folder_ + "/process.2").empty(); }));
  ASSERT_TRUE(WaitUntil([&] { return !std::filesystem::exists(folder_ + "/run"); }));
  EXPECT_EQ(Hosts(absl::StrCat("cut ", hosts_, " 3")).exit_code, 0);
  const CommandResult of_run = run.Wait();
  const CommandResult of_first = first.Wait();
  const CommandResult of_second = second.Wait();
  EXPECT_THAT(of_run.err, HasSubstr("lost process 2 (pid "));
  EXPECT_THAT(of_first.err, HasSubstr("lost process 2 (pid "));
  EXPECT_THAT(of_second.err, HasSubstr("lost process "));
  EXPECT_EQ(of_run.exit_code, 1);
  EXPECT_EQ(of_first.exit_code, 1);
  EXPECT_EQ(of_second.exit_code, 1);
}

TEST_F(NetworkTest, ALossyLinkChangesNoResult) {
  const std::string missing = Start(2);
  if (!missing.empty()) GTEST_SKIP() << missing;
  constexpr char kScenario[] =
      "run configs/scenarios/llama3_70b_inference_h100.yaml --json --set inference.output_tokens=4 "
      "--set model.layers=2";
  const CommandResult lose = Hosts(absl::StrCat("lose ", hosts_, " 2 3"));
  ASSERT_EQ(lose.exit_code, 0) << lose.err;
  RunningTessera run(absl::StrCat(kScenario, " --processes 2 --rendezvous ", folder_), At(1));
  RunningTessera worker("node --rank 1 --join " + folder_, At(2));
  EXPECT_EQ(worker.Wait().exit_code, 0);
  const CommandResult result = run.Wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(ResultHashOf(result.out), ResultHashOf(RunTessera(kScenario).out));
}

}  // namespace
}  // namespace tessera
