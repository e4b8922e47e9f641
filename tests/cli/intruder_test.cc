// Peers that do not belong to a run speak to the ports of its processes: they are refused, and the
// run goes on to its result.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/cli/running_tessera.h"
#include "tests/nodes/stranger.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr char kScenario[] =
    "configs/scenarios/llama3_70b_inference_h100.yaml --json --set inference.output_tokens=40";

// Endpoint of a process by its file in the folder of the run; waits for it.
std::string EndpointOf(const std::string& folder, int process) {
  const std::string path = absl::StrCat(folder, "/process.", process);
  EXPECT_TRUE(WaitUntil([&] { return !ReadFile(path).empty(); })) << path;
  const std::vector<std::string> lines = absl::StrSplit(ReadFile(path), '\n');
  return lines[0];
}

// The same of process 0 of a run that has made its folder itself; empty: not there yet.
std::string EndpointByPid(pid_t pid) {
  const std::string name = absl::StrCat("process 0 (pid ", pid, " ");
  for (const auto& entry : std::filesystem::directory_iterator("/tmp")) {
    if (!absl::StartsWith(entry.path().filename().string(), "tessera-")) continue;
    const std::vector<std::string> lines =
        absl::StrSplit(ReadFile(entry.path().string() + "/process.0"), '\n');
    if (lines.size() > 1 && absl::StartsWith(lines[1], name)) return lines[0];
  }
  return "";
}

// Writes to a tcp port as a program would that knows nothing of ZeroMQ.
void WriteRaw(const std::string& endpoint, const std::string& bytes) {
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  close(connection);
}

class IntrudedRunTest : public testing::Test {
 protected:
  IntrudedRunTest() : folder_(absl::StrCat("/tmp/tessera_intruded.", getpid())) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~IntrudedRunTest() override { std::filesystem::remove_all(folder_); }

  static void ExpectUndisturbed(const CommandResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(ResultHashOf(result.out),
              ResultHashOf(RunTessera(absl::StrCat("run ", kScenario)).out));
    EXPECT_NE(ResultHashOf(result.out), "");
  }
  const std::string folder_;
};

TEST_F(IntrudedRunTest, WithoutKeysOrWithGarbageAPeerIsRefused) {
  const std::string own = folder_ + "/own";
  RunningTessera run(absl::StrCat("run ", kScenario, " --processes 2 --rendezvous ", own));
  const std::string endpoint = EndpointOf(own, 0);
  WriteRaw(endpoint, "GET / HTTP/1.1\r\n\r\n" + std::string(200, '\xff'));
  SpeakAsStranger(endpoint, {}, {.header = "TSSR", .payload = "no header"});
  RunningTessera worker(absl::StrCat("node --rank 1 --join ", own));
  WriteRaw(EndpointOf(own, 1), std::string(300, '\0'));
  EXPECT_EQ(worker.Wait().exit_code, 0);
  const CommandResult result = run.Wait();
  EXPECT_THAT(result.err, HasSubstr("refused a peer at "));
  EXPECT_THAT(result.err,
              HasSubstr("it does not speak the protocol of this run or lacks its keys"));
  ExpectUndisturbed(result);
}

// A process of another run is led to this one: whoever can write its folder can do that.
TEST_F(IntrudedRunTest, AProcessOfAnotherRunIsRefused) {
  const std::string own = folder_ + "/own";
  const std::string other = folder_ + "/other";
  RunningTessera run(absl::StrCat("run ", kScenario, " --processes 2 --rendezvous ", own));
  const std::string endpoint = EndpointOf(own, 0);
  RunningTessera stranger(absl::StrCat("run ", kScenario, " --processes 2 --rendezvous ", other));
  EndpointOf(other, 0);
  std::ofstream(other + "/process.1") << endpoint << "\nprocess 1 (forged)";
  RunningTessera worker(absl::StrCat("node --rank 1 --join ", own));
  const CommandResult refused = stranger.Wait();
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("lost process 1 (forged)"));
  EXPECT_EQ(worker.Wait().exit_code, 0);
  const CommandResult result = run.Wait();
  EXPECT_THAT(result.err, HasSubstr("refused a peer at "));
  ExpectUndisturbed(result);
}

// Without encryption (loopback) frames are checked one by one.
TEST_F(IntrudedRunTest, OnAnOpenPortGarbageIsRefused) {
  RunningTessera run(absl::StrCat("run ", kScenario, " --processes 2 --transport tcp"));
  std::string endpoint;
  ASSERT_TRUE(WaitUntil([&] { return !(endpoint = EndpointByPid(run.pid())).empty(); }));
  SpeakAsStranger(endpoint, {}, {.header = "TSSR", .payload = "no header"});
  WriteRaw(endpoint, "GET / HTTP/1.1\r\n\r\n" + std::string(200, '\xff'));
  const CommandResult result = run.Wait();
  EXPECT_THAT(result.err, HasSubstr("refused a message: not a frame of this program"));
  ExpectUndisturbed(result);
}

}  // namespace
}  // namespace tessera
