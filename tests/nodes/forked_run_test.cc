#include "nodes/forked_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "fabric/packet/packet_exchange.h"
#include "tests/nodes/many_windows.h"
#include "tests/status_matchers.h"
#include "topology/clos.h"

namespace tessera {
namespace {

using testing::HasSubstr;

TEST(ForkedRunTest, CarriesWindowsOfAnySize) {
  // Up to 2 MB a message, eight times what a ring holds.
  for (const int processes : {2, 4}) {
    EXPECT_THAT(RunOnForkedProcesses(processes, LocalTransport::kShared,
                                     [](WindowTransport& transport) {
                                       return ExchangeMany(
                                           transport,
                                           {.windows = 60, .step = 7919, .most = 65'000, .lag = 1});
                                     }),
                IsOk());
  }
}

TEST(ForkedRunTest, WhenAProcessIsKilledTheOthersSayWho) {
  const absl::Status status =
      RunOnForkedProcesses(3, LocalTransport::kShared, [](WindowTransport& transport) {
        if (absl::Status first = ExchangeMany(transport, {.windows = 10}); !first.ok())
          return first;
        if (transport.self() == 2) raise(SIGKILL);
        return ExchangeMany(transport, {.windows = 10});
      });
  EXPECT_THAT(std::string(status.message()), HasSubstr("lost process 2 (pid "));
}

TEST(ForkedRunTest, AProcessThatFailsEndsTheOthersWithItsReason) {
  const absl::Status status =
      RunOnForkedProcesses(2, LocalTransport::kShared, [](WindowTransport& transport) {
        if (transport.self() == 1) return absl::InternalError("it does not work");
        return ExchangeMany(transport, {.windows = 10});
      });
  EXPECT_THAT(std::string(status.message()), HasSubstr("it does not work"));
}

class LocalTransportTest : public testing::TestWithParam<const char*> {};

TEST_P(LocalTransportTest, AnAllToAllOfPacketsHasOneResultOverAnyNumberOfProcesses) {
  const LinkKind link = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};
  const auto topology = MakeLeafSpine({.leaves = 4,
                                       .hosts_per_leaf = 4,
                                       .spines = 4,
                                       .host_link = link,
                                       .uplink = link,
                                       .spread = {}});
  PacketExchange exchange;
  for (VertexId source = 0; source < 16; ++source) {
    for (VertexId step = 1; step < 16; ++step) {
      exchange.messages.push_back(
          {.source = source, .target = (source + step) % 16, .bytes = Bytes(10'000)});
    }
  }
  const auto whole = RunPacketExchange(*topology, {}, exchange);
  ASSERT_THAT(whole, IsOk());
  const auto transport = ParseLocalTransport(GetParam());
  ASSERT_THAT(transport, IsOk());
  for (const int processes : {1, 2, 3, 4, 8}) {
    std::string hash;
    EXPECT_THAT(RunOnForkedProcesses(processes, *transport,
                                     [&](WindowTransport& windows) {
                                       const auto mine =
                                           RunPacketExchange(*topology, {}, exchange, &windows);
                                       if (mine.ok() && windows.self() == 0) hash = mine->Hash();
                                       return mine.status();
                                     }),
                IsOk());
    EXPECT_EQ(hash, whole->Hash()) << processes;
  }
}
INSTANTIATE_TEST_SUITE_P(Transports, LocalTransportTest,
                         testing::Values("shared", "ipc", "tcp", "curve"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(LocalTransportTest, AnUnknownNameIsAnError) {
  EXPECT_THAT(ParseLocalTransport("pigeon"),
              FailsWith("transport \"pigeon\"; accepted: shared, ipc, tcp, curve"));
}

}  // namespace
}  // namespace tessera
