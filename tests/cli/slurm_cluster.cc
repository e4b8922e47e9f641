#include "tests/cli/slurm_cluster.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/cli/run_command.h"

namespace tessera {
namespace {

constexpr char kScript[] = "scripts/slurm/test_cluster";

}  // namespace

std::string SlurmCluster::WhatIsMissing() {
  const CommandResult result = RunCommand(absl::StrCat(kScript, " check"));
  return result.exit_code == 0 ? "" : result.out + result.err;
}

SlurmCluster::SlurmCluster(int nodes, int cpus_per_node)
    : folder_(absl::StrCat("/tmp/tessera_slurm.", getpid())) {
  std::filesystem::remove_all(folder_);
  // Below the ports that the system gives away; tests that run at once have different ones.
  const int port = 20000 + getpid() % 1000 * 10;
  const CommandResult result =
      RunCommand(absl::StrCat(kScript, " up ", folder_, " ", nodes, " ", cpus_per_node, " ", port));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  setenv("SLURM_CONF", (folder_ + "/slurm.conf").c_str(), 1);
}

SlurmCluster::~SlurmCluster() {
  RunCommand(absl::StrCat(kScript, " down ", folder_));
  unsetenv("SLURM_CONF");
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace tessera
