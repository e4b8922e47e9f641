// A Slurm cluster on this machine for one test (scripts/slurm/test_cluster).
#pragma once

#include <string>

namespace tessera {

class SlurmCluster {
 public:
  // Why there cannot be one here: not root, a package is missing. Empty: there can.
  static std::string WhatIsMissing();

  // Fails the test if it does not come up. srun and sbatch find it by SLURM_CONF in the environment
  // of this process until the end.
  SlurmCluster(int nodes, int cpus_per_node);
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;
  ~SlurmCluster();

 private:
  std::string folder_;
};

}  // namespace tessera
