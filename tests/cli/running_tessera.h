// A tessera that runs while a test goes on.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/cli/run_command.h"

namespace tessera {

class RunningTessera {
 public:
  // `arguments` as a shell reads them, in the root of the sources. `by` is a command that runs it
  // by exec; none: as it is.
  explicit RunningTessera(const std::string& arguments, const std::string& by = "");
  RunningTessera(const RunningTessera&) = delete;
  RunningTessera& operator=(const RunningTessera&) = delete;
  ~RunningTessera();  // Kills it and the children that it had when they were last asked for.

  pid_t pid() const { return pid_; }
  // Its workers in the order of their ranks. Waits for `count` of them, and fails the test if
  // they do not come.
  const std::vector<pid_t>& WaitForChildren(size_t count);
  // Waits for its end. Output is what it and its workers have written.
  CommandResult Wait();

 private:
  std::string base_;  // Of the paths of the output.
  pid_t pid_ = -1;
  std::vector<pid_t> children_;
};

// Looks every few milliseconds for a minute. False: it did not become true.
bool WaitUntil(const std::function<bool()>& is_true);
// The whole file; empty: there is none.
std::string ReadFile(const std::string& path);
// Of a line of JSON as `tessera run --json` prints it; empty: there is none.
std::string ResultHashOf(const std::string& json);

}  // namespace tessera
