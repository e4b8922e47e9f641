#include "tests/cli/running_tessera.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tessera {
namespace {

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  const std::string list = ReadFile(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  for (const absl::string_view word :
       absl::StrSplit(list, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    pid_t child = 0;
    if (absl::SimpleAtoi(word, &child)) children.push_back(child);
  }
  return children;
}

}  // namespace

RunningTessera::RunningTessera(const std::string& arguments, const std::string& by) {
  static int number = 0;
  base_ = absl::StrCat("/tmp/tessera_running.", getpid(), ".", number++);
  const std::string command = absl::StrCat("exec ", by, " ", TESSERA_BINARY, " ", arguments, " >",
                                           base_, ".out 2>", base_, ".err </dev/null");
  pid_ = fork();
  if (pid_ != 0) return;
  execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

RunningTessera::~RunningTessera() {
  for (const pid_t child : children_) kill(child, SIGKILL);
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::remove((base_ + ".out").c_str());
  std::remove((base_ + ".err").c_str());
}

const std::vector<pid_t>& RunningTessera::WaitForChildren(size_t count) {
  EXPECT_TRUE(WaitUntil([&] { return ChildrenOf(pid_).size() == count; }));
  return children_ = ChildrenOf(pid_);
}

CommandResult RunningTessera::Wait() {
  CommandResult result;
  int state = 0;
  EXPECT_EQ(waitpid(pid_, &state, 0), pid_);
  pid_ = -1;
  children_.clear();
  result.exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  result.out = ReadFile(base_ + ".out");
  result.err = ReadFile(base_ + ".err");
  return result;
}

bool WaitUntil(const std::function<bool()>& is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string ResultHashOf(const std::string& json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  return document.is_object() && document.contains("result_hash")
             ? document["result_hash"].get<std::string>()
             : "";
}

}  // namespace tessera
