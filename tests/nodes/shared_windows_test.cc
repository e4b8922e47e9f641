#include "nodes/shared_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "fabric/packet/packet_exchange.h"
#include "nodes/forked_run.h"
#include "tests/status_matchers.h"
#include "topology/clos.h"

namespace tessera {
namespace {

using testing::HasSubstr;

// Window w carries (w * step) % most events, each with a number of its own; checks what comes.
absl::Status ExchangeMany(WindowTransport& transport, int windows, uint64_t step, uint64_t most) {
  const auto count = static_cast<size_t>(transport.partitions());
  const auto self = static_cast<uint64_t>(transport.self());
  std::vector<WindowMessage> outgoing(count);
  std::vector<WindowMessage> incoming(count);
  for (int w = 0; w < windows; ++w) {
    const uint64_t events = static_cast<uint64_t>(w) * step % most;
    for (WindowMessage& message : outgoing) {
      message.window = w;
      message.stop = w % 7 == 3;
      message.next = Time(Duration(w + static_cast<int>(self)));
      message.earliest_sent.assign(count, Time(Duration(100 + w)));
      message.events.clear();
      for (uint64_t e = 0; e < events; ++e) {
        message.events.push_back(
            {.time = Time(), .order = self, .target = 0, .kind = 0, .payload = e});
      }
    }
    if (absl::Status status = transport.Exchange(outgoing, incoming); !status.ok()) return status;
    for (size_t p = 0; p < count; ++p) {
      const WindowMessage& message = incoming[p];
      if (p == self) continue;
      bool right = message.window == w && message.stop == (w % 7 == 3) &&
                   message.next == Time(Duration(w + static_cast<int>(p))) &&
                   message.earliest_sent == outgoing[p].earliest_sent &&
                   message.events.size() == events;
      for (uint64_t e = 0; right && e < events; ++e) {
        right = message.events[e].order == p && message.events[e].payload == e;
      }
      if (!right) return absl::DataLossError("window " + std::to_string(w) + " is not right");
    }
  }
  return absl::OkStatus();
}

TEST(SharedWindowsTest, CarryWindowsOfAnySizeBetweenProcesses) {
  // Up to 2 MB a message, eight times what a ring holds.
  for (const int processes : {2, 4}) {
    EXPECT_THAT(RunOnForkedProcesses(processes, LocalTransport::kShared,
                                     [](WindowTransport& transport) {
                                       return ExchangeMany(transport, 120, 7919, 65'000);
                                     }),
                IsOk());
  }
}

TEST(SharedWindowsTest, WhenAProcessIsKilledTheOthersSayWho) {
  const absl::Status status =
      RunOnForkedProcesses(3, LocalTransport::kShared, [](WindowTransport& transport) {
        if (absl::Status first = ExchangeMany(transport, 10, 3, 50); !first.ok()) return first;
        if (transport.self() == 2) raise(SIGKILL);
        return ExchangeMany(transport, 10, 3, 50);
      });
  EXPECT_THAT(std::string(status.message()), HasSubstr("lost process 2 (pid "));
}

TEST(SharedWindowsTest, AProcessThatFailsEndsTheOthersWithItsReason) {
  const absl::Status status =
      RunOnForkedProcesses(2, LocalTransport::kShared, [](WindowTransport& transport) {
        if (transport.self() == 1) return absl::InternalError("it does not work");
        return ExchangeMany(transport, 10, 3, 50);
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
