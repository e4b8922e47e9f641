// A Slurm job array of `tessera sweep` tasks: few tasks that each take many scenarios, since Slurm
// starts only some tens of tasks a second.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace tessera {

// By SLURM_ARRAY_TASK_ID, _MIN and _COUNT; 0 of 1 outside an array.
struct SlurmArrayTask {
  int index = 0;
  int count = 1;
};
SlurmArrayTask FindSlurmArrayTask();

class SlurmArray {
 public:
  struct Job {
    std::string study;
    std::string directory;  // Absolute; the log of task i becomes DIR/slurm.i.log.
    int tasks = 1;
    int jobs = 1;  // Processes, and CPUs, of each task.
  };
  // Errors: sbatch cannot be started.
  absl::Status Submit(const Job& job);
  bool Running();
  // Ends the array's tasks.
  absl::Status Cancel();
  // After Running() said no. Errors: sbatch refused or a task failed to run.
  absl::Status Result() const;

 private:
  std::string name_;
  pid_t pid_ = -1;  // Of sbatch --wait.
  int state_ = 0;
};

}  // namespace tessera
