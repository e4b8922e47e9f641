// The part of scripts/split_matrix that is cheap: every way of dividing a run over processes gives
// the result of one. The whole of it is for docs/distributed.md.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/run_command.h"

namespace tessera {
namespace {

struct Part {
  const char* name;
  const char* ways;
  const char* jobs;
};

class SplitMatrixTest : public testing::TestWithParam<Part> {};

TEST_P(SplitMatrixTest, HasTheResultsOfOneProcess) {
  const CommandResult result =
      RunCommand(absl::StrCat("scripts/split_matrix --quick --tessera ", TESSERA_BINARY, " --ways ",
                              GetParam().ways, " --jobs '", GetParam().jobs, "'"));
  constexpr int kCannotBeTriedHere = 77;
  if (result.exit_code == kCannotBeTriedHere) GTEST_SKIP() << result.out;
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

// Launchers take most of the time of a short run, so that they get few jobs.
constexpr char kEvery[] = "*";
constexpr char kFew[] =
    "llama3_70b_inference_h100,llama3_70b_groq_70b_deployment,gpt3_175b_training_a100,"
    "megatron_22b_search_a100,packet_all_to_all";
INSTANTIATE_TEST_SUITE_P(Ways, SplitMatrixTest,
                         testing::Values(Part{"Threads", "threads", kEvery},
                                         Part{"SharedMemory", "shared", kEvery},
                                         Part{"Ipc", "ipc", kFew}, Part{"Curve", "curve", kFew},
                                         Part{"Mpi", "mpi", kFew}, Part{"Mpirun", "mpirun", kFew},
                                         Part{"Slurm", "srun,srun_mpi", kFew}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace tessera
