#include "tests/cli/run_command.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tessera {
namespace {

std::string ReadAndRemove(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::remove(path.c_str());
  return text.str();
}

}  // namespace

CommandResult RunCommand(const std::string& command) {
  const std::string base = "/tmp/tessera_cli_test." + std::to_string(getpid());
  const std::string out = base + ".out";
  const std::string err = base + ".err";
  const std::string redirected = command + " >" + out + " 2>" + err + " </dev/null";
  const int state = std::system(redirected.c_str());
  CommandResult result;
  result.exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  result.out = ReadAndRemove(out);
  result.err = ReadAndRemove(err);
  return result;
}

CommandResult RunTessera(const std::string& arguments) {
  return RunCommand(std::string(TESSERA_BINARY) + " " + arguments);
}

}  // namespace tessera
