// `tessera run` under launchers: srun with PMIx on a Slurm cluster of this machine, mpirun. The
// result is that of one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/run_command.h"
#include "tests/cli/running_tessera.h"
#include "tests/cli/slurm_cluster.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr char kScenario[] =
    "run configs/scenarios/llama3_70b_inference_h100.yaml --json --set inference.output_tokens=6 "
    "--set model.layers=4";

std::string WholeHash() { return ResultHashOf(RunTessera(kScenario).out); }

// What `launcher` makes of the scenario.
CommandResult Launch(const std::string& launcher, const std::string& options = "") {
  return RunCommand(absl::StrCat(launcher, " ", TESSERA_BINARY, " ", kScenario, " ", options));
}

void ExpectWhole(const CommandResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(ResultHashOf(result.out), WholeHash());
  EXPECT_NE(ResultHashOf(result.out), "");
}

bool IsBuiltWithout(const CommandResult& result, const char* what) {
  return result.err.find(absl::StrCat("built without ", what)) != std::string::npos;
}

class SlurmRunTest : public testing::TestWithParam<int> {};

TEST_P(SlurmRunTest, HasTheResultOfOneProcess) {
  const std::string missing = SlurmCluster::WhatIsMissing();
  if (!missing.empty()) GTEST_SKIP() << missing;
  const SlurmCluster cluster(GetParam(), 1);
  const std::string nodes = absl::StrCat("srun -K --mpi=pmix -N", GetParam());
  const CommandResult by_pmix = Launch(nodes);
  if (IsBuiltWithout(by_pmix, "PMIx")) GTEST_SKIP() << "this tessera is built without PMIx";
  ExpectWhole(by_pmix);
}
INSTANTIATE_TEST_SUITE_P(Nodes, SlurmRunTest, testing::Values(2, 4));

TEST(SlurmRun, OverMpiHasTheResultOfOneProcess) {
  const std::string missing = SlurmCluster::WhatIsMissing();
  if (!missing.empty()) GTEST_SKIP() << missing;
  const SlurmCluster cluster(2, 1);
  const CommandResult by_mpi = Launch("srun -K --mpi=pmix -N2", "--transport mpi");
  if (IsBuiltWithout(by_mpi, "MPI")) GTEST_SKIP() << "this tessera is built without MPI";
  ExpectWhole(by_mpi);
}

TEST(SlurmRun, ProcessesWithoutAPlaceToMeetSaySo) {
  const std::string missing = SlurmCluster::WhatIsMissing();
  if (!missing.empty()) GTEST_SKIP() << missing;
  const SlurmCluster cluster(2, 1);
  const CommandResult alone = Launch("srun --mpi=none -N2");
  EXPECT_NE(alone.exit_code, 0);
  EXPECT_THAT(alone.err, HasSubstr("srun has started 2 processes that cannot find one another"));
}

class MpirunTest : public testing::TestWithParam<const char*> {};

TEST_P(MpirunTest, HasTheResultOfOneProcess) {
  if (RunCommand("mpirun --version").exit_code != 0) {
    GTEST_SKIP() << "there is no mpirun here (package openmpi-bin)";
  }
  const CommandResult result =
      Launch("mpirun --allow-run-as-root --oversubscribe --bind-to none -n 2", GetParam());
  if (IsBuiltWithout(result, "PMIx") || IsBuiltWithout(result, "MPI")) {
    GTEST_SKIP() << "this tessera is built without PMIx or MPI";
  }
  ExpectWhole(result);
}
// As MPMD does.
TEST_P(MpirunTest, ProcessesWithOtherArgumentsAreRefused) {
  if (RunCommand("mpirun --version").exit_code != 0) {
    GTEST_SKIP() << "there is no mpirun here (package openmpi-bin)";
  }
  const std::string packets = absl::StrCat(
      TESSERA_BINARY, " collective --system dgx_h100 --op all_to_all --fidelity packet ",
      GetParam(), " -e 8K -b ");
  const CommandResult result =
      RunCommand(absl::StrCat("mpirun --allow-run-as-root --oversubscribe --bind-to none -n 1 ",
                              packets, "8K : -n 1 ", packets, "4K"));
  if (IsBuiltWithout(result, "PMIx") || IsBuiltWithout(result, "MPI")) {
    GTEST_SKIP() << "this tessera is built without PMIx or MPI";
  }
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("process 1 of 2 was given another command than process 0"));
}
TEST_P(MpirunTest, AFailureOfTheFirstProcessEndsAll) {
  if (RunCommand("mpirun --version").exit_code != 0) {
    GTEST_SKIP() << "there is no mpirun here (package openmpi-bin)";
  }
  const CommandResult result =
      RunCommand(absl::StrCat("mpirun --allow-run-as-root --oversubscribe -n 2 ", TESSERA_BINARY,
                              " run /tmp/no_such_scenario.yaml ", GetParam()));
  if (IsBuiltWithout(result, "PMIx") || IsBuiltWithout(result, "MPI")) {
    GTEST_SKIP() << "this tessera is built without PMIx or MPI";
  }
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("no_such_scenario.yaml"));
}
INSTANTIATE_TEST_SUITE_P(Transports, MpirunTest, testing::Values("", "--transport mpi"));

}  // namespace
}  // namespace tessera
