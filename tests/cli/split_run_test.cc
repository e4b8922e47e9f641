// `tessera run --processes`: real processes, over every transport.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/run_command.h"
#include "tests/cli/running_tessera.h"

namespace tessera {
namespace {

using testing::HasSubstr;

std::string HashOf(const std::string& arguments) {
  const CommandResult result = RunTessera("run " + arguments + " --json");
  EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.err;
  return ResultHashOf(result.out);
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
       {"--processes 2 --transport ipc", "--processes 3 --transport tcp",
        "--processes 4 --transport curve", "--processes 8", "--processes 8 --transport threads"}) {
    EXPECT_EQ(HashOf(scenario + " " + split), whole) << split;
  }
}
INSTANTIATE_TEST_SUITE_P(
    Scenarios, ShippedScenarioTest,
    testing::Values(
        ShortScenario{"llama3_70b_inference_h100",
                      "inference.output_tokens=6 --set model.layers=4"},
        ShortScenario{"gpt3_175b_training_a100",
                      "plan.virtual_stages=1 --set plan.pipeline=4 --set nodes=4 --set "
                      "plan.recompute=full --set training.global_batch=2 --set "
                      "model.layers=4"},
        ShortScenario{
            "deepseek_v3_decode_ep32_h100",
            "inference.output_tokens=1 --set model.layers=4 --set model.moe.moe_layers=1"}));

TEST(SplitRunTest, StatesTheEfficiency) {
  const CommandResult result =
      RunTessera("run configs/scenarios/llama3_70b_inference_h100.yaml --processes 2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("split over 2 processes: "));
  EXPECT_THAT(result.out, HasSubstr("efficiency "));
}

TEST(SplitRunTest, ProcessesThatMpirunHasNotStartedAreNoMpi) {
  const CommandResult result = RunTessera(
      "run configs/scenarios/llama3_70b_inference_h100.yaml --processes 2 --transport mpi");
  if (result.err.find("built without MPI") != std::string::npos) {
    GTEST_SKIP() << "this tessera is built without MPI";
  }
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("mpirun -n 2 tessera"));
}

TEST(SplitRunTest, AWorkerWithoutARunIsBadInput) {
  const CommandResult result = RunTessera("node --join /tmp/no_such_run --rank 1 --timeout 1");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("no run has begun here within 1 s"));
}

TEST(SplitRunTest, ResumingWithoutACheckpointSaysSo) {
  const CommandResult result = RunTessera(
      "run configs/scenarios/llama3_70b_inference_h100.yaml --processes 2 --resume "
      "--checkpoint /tmp/no_such_checkpoint");
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("no checkpoint here"));
}

}  // namespace
}  // namespace tessera
