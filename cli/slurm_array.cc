#include "cli/slurm_array.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tessera {
namespace {

int NumberIn(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  int number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

// For a shell.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return quoted + "'";
}

// The process number of the started program, or -1.
pid_t StartProgram(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  dup2(STDERR_FILENO, STDOUT_FILENO);  // stdout is for results.
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

SlurmArrayTask FindSlurmArrayTask() {
  const int count = NumberIn("SLURM_ARRAY_TASK_COUNT", 1);
  const int index = NumberIn("SLURM_ARRAY_TASK_ID", 0) - NumberIn("SLURM_ARRAY_TASK_MIN", 0);
  if (count < 1 || index < 0 || index >= count) return {};
  return {.index = index, .count = count};
}

absl::Status SlurmArray::Submit(const Job& job) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string study = std::filesystem::absolute(job.study);
  name_ = absl::StrCat("tessera-sweep-", getpid());
  const std::string command = absl::StrCat("exec ", Quoted(program), " sweep ", Quoted(study),
                                           " --out ", Quoted(job.directory), " --jobs ", job.jobs);
  pid_ = StartProgram(
      {"sbatch", "--parsable", "--wait", "--requeue", absl::StrCat("--job-name=", name_),
       absl::StrCat("--array=0-", job.tasks - 1), absl::StrCat("--cpus-per-task=", job.jobs),
       absl::StrCat("--output=", job.directory, "/slurm.%a.log"),
       absl::StrCat("--wrap=", command)});
  if (pid_ > 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot start sbatch: ", std::strerror(errno)));
}

bool SlurmArray::Running() {
  if (pid_ > 0 && waitpid(pid_, &state_, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

absl::Status SlurmArray::Cancel() {
  const pid_t cancel = StartProgram({"scancel", absl::StrCat("--name=", name_)});
  int state = 0;
  if (cancel > 0) waitpid(cancel, &state, 0);
  waitpid(pid_, &state_, 0);
  pid_ = -1;
  return absl::OkStatus();
}

// A task that ran exits with 1 if one of its scenarios failed, which its results tell better.
absl::Status SlurmArray::Result() const {
  const int code = WIFEXITED(state_) ? WEXITSTATUS(state_) : -1;
  if (code == 0 || code == 1) return absl::OkStatus();
  if (code == 127) return absl::InternalError("there is no sbatch here");
  return absl::InternalError(absl::StrCat("sbatch ended with exit code ", code));
}

}  // namespace tessera
