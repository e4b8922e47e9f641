#include "nodes/zmq_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "tests/nodes/stranger.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using std::chrono::milliseconds;

// Processes of one run, each on a thread of this one.
class Processes {
 public:
  explicit Processes(int processes, bool encrypted = false) : processes_(processes) {
    options_.run_id = "run";
    options_.partitions = processes;
    options_.heartbeat_interval = milliseconds(100);
    options_.heartbeat_timeout = milliseconds(500);
    options_.window_timeout = milliseconds(2000);
    options_.connect_timeout = milliseconds(2000);
    if (encrypted) options_.keys = *MakeCurveKeys();
  }
  ZmqTransportOptions& options() { return options_; }

  void Bind(const std::string& endpoint) {
    for (int p = 0; p < processes_; ++p) {
      const std::string own =
          endpoint == "ipc"
              ? "ipc:///tmp/tessera_zmq_test." + std::to_string(getpid()) + "." + std::to_string(p)
              : endpoint;
      ZmqTransportOptions options = options_;
      options.self = p;
      auto transport = ZmqTransport::Bind(own, options);
      ASSERT_THAT(transport, IsOk());
      peers_.push_back({(*transport)->endpoint(), "process " + std::to_string(p)});
      transports_.push_back(*std::move(transport));
    }
  }
  void Connect() {
    for (auto& transport : transports_) ASSERT_THAT(transport->Connect(peers_), IsOk());
  }
  // Calls `what` for every process on a thread of its own.
  void OnEach(const std::function<void(int, WindowTransport&)>& what) {
    std::vector<std::thread> threads;
    for (int p = 0; p < processes_; ++p) {
      threads.emplace_back([&, p] { what(p, *transports_[static_cast<size_t>(p)]); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string& EndpointOf(int p) const { return peers_[static_cast<size_t>(p)].endpoint; }
  std::unique_ptr<ZmqTransport>& transport(int p) { return transports_[static_cast<size_t>(p)]; }

 private:
  int processes_;
  ZmqTransportOptions options_;
  std::vector<std::unique_ptr<ZmqTransport>> transports_;
  std::vector<ZmqTransport::Peer> peers_;
};

// Sends an event to every other process in each window and checks what comes.
absl::Status ExchangeWindows(int self, int windows, WindowTransport& transport) {
  const auto count = static_cast<size_t>(transport.partitions());
  std::vector<WindowMessage> outgoing(count);
  std::vector<WindowMessage> incoming(count);
  for (int w = 0; w < windows; ++w) {
    for (size_t p = 0; p < count; ++p) {
      outgoing[p].window = w;
      outgoing[p].earliest_sent.assign(count, Time::max());
      outgoing[p].events = {{.time = Time{},
                             .order = 0,
                             .target = static_cast<ComponentId>(p),
                             .kind = static_cast<uint32_t>(self),
                             .payload = static_cast<uint64_t>(w)}};
    }
    if (absl::Status status = transport.Exchange(outgoing, incoming); !status.ok()) return status;
    for (size_t p = 0; p < count; ++p) {
      if (static_cast<int>(p) == self) continue;
      EXPECT_EQ(incoming[p].window, w);
      EXPECT_EQ(incoming[p].events.at(0).kind, p);
      EXPECT_EQ(incoming[p].events.at(0).target, static_cast<ComponentId>(self));
    }
  }
  return absl::OkStatus();
}

struct Medium {
  const char* name;
  const char* endpoint;
  bool encrypted;
};

class ZmqTransportTest : public testing::TestWithParam<Medium> {};

TEST_P(ZmqTransportTest, WindowsArriveInOrderAndResultsAtProcess0) {
  Processes run(3, GetParam().encrypted);
  run.Bind(GetParam().endpoint);
  run.Connect();
  run.OnEach([](int self, WindowTransport& transport) {
    EXPECT_THAT(ExchangeWindows(self, 50, transport), IsOk());
    const auto all = transport.Gather("result of " + std::to_string(self));
    ASSERT_THAT(all, IsOk());
    if (self == 0) {
      EXPECT_THAT(*all, testing::ElementsAre("result of 0", "result of 1", "result of 2"));
    }
  });
}

TEST_P(ZmqTransportTest, WhenAProcessIsLostTheOthersSayWho) {
  Processes run(3, GetParam().encrypted);
  run.Bind(GetParam().endpoint);
  run.Connect();
  const auto begin = std::chrono::steady_clock::now();
  run.OnEach([&run](int self, WindowTransport& transport) {
    if (self == 2) {
      EXPECT_THAT(ExchangeWindows(self, 5, transport), IsOk());
      run.transport(2).reset();
      return;
    }
    EXPECT_THAT(ExchangeWindows(self, 1000, transport), FailsContaining("lost process 2"));
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

INSTANTIATE_TEST_SUITE_P(Media, ZmqTransportTest,
                         testing::Values(Medium{"ipc", "ipc", false},
                                         Medium{"tcp", "tcp://127.0.0.1:*", false},
                                         Medium{"curve", "tcp://127.0.0.1:*", true}),
                         [](const auto& tested) { return tested.param.name; });

TEST(ZmqTransport, AProcessThatEndsTheRunSaysWhy) {
  Processes run(2);
  run.Bind("ipc");
  run.Connect();
  run.OnEach([&run](int self, WindowTransport& transport) {
    EXPECT_THAT(ExchangeWindows(self, 3, transport), IsOk());
    if (self == 1) return run.transport(1)->Fail(absl::InternalError("the disk is full"));
    EXPECT_THAT(ExchangeWindows(self, 1, transport), FailsWith("the disk is full"));
  });
}

TEST(ZmqTransport, AProcessThatHangsIsFoundByTheWatchdog) {
  Processes run(2);
  run.options().window_timeout = milliseconds(1000);
  run.Bind("ipc");
  run.Connect();
  run.OnEach([](int self, WindowTransport& transport) {
    EXPECT_THAT(ExchangeWindows(self, 3, transport), IsOk());
    // Its connections stay up, its I/O thread answers heartbeats.
    if (self == 1) return std::this_thread::sleep_for(milliseconds(1500));
    EXPECT_THAT(ExchangeWindows(self, 1, transport),
                FailsWith("process 1 has not ended its window within 1 s"));
  });
}

TEST(ZmqTransport, AProcessThatDoesNotComeIsMissed) {
  Processes run(2);
  run.options().connect_timeout = milliseconds(1000);
  run.Bind("ipc");
  ASSERT_THAT(run.transport(0)->Connect({{}, {run.EndpointOf(1), "process 1"}}), IsOk());
  EXPECT_THAT(ExchangeWindows(0, 1, *run.transport(0)),
              FailsWith("process 1 has not come within 1 s"));
}

TEST(ZmqTransport, BeyondThisMachineItNeedsKeys) {
  EXPECT_THAT(ZmqTransport::Bind("tcp://0.0.0.0:*", {.run_id = "run", .partitions = 2}).status(),
              FailsWith("tcp://0.0.0.0:* can be reached from other machines: it needs the keys of "
                        "the run"));
}

// Long enough for a handshake on a loaded machine, shorter than the run.
StrangersWords Twice(const std::string& text) {
  return {.header = text, .payload = text, .stays = milliseconds(600)};
}

// Peers that do not belong to the run speak to process 0 while it goes on.
class IntruderTest : public testing::Test {
 protected:
  void RunWith(Processes& run, const std::function<void(const std::string&)>& intrude) {
    run.Connect();
    std::thread intruder([&] { intrude(run.EndpointOf(0)); });
    testing::internal::CaptureStderr();
    run.OnEach([](int self, WindowTransport& transport) {
      for (int i = 0; i < 16; ++i) {
        EXPECT_THAT(ExchangeWindows(self, 20, transport), IsOk());
        std::this_thread::sleep_for(milliseconds(50));
      }
      EXPECT_THAT(transport.Gather(""), IsOk());
    });
    intruder.join();
    log_ = testing::internal::GetCapturedStderr();
  }
  std::string log_;
};

TEST_F(IntruderTest, WhoSpeaksGarbageIsRefused) {
  Processes run(2);
  run.Bind("tcp://127.0.0.1:*");
  RunWith(run,
          [](const std::string& endpoint) { SpeakAsStranger(endpoint, {}, Twice("garbage")); });
  EXPECT_THAT(log_, testing::HasSubstr("refused a message: not a frame of this program"));
}

TEST_F(IntruderTest, WhoHasNoKeysIsRefused) {
  Processes run(2, true);
  run.Bind("tcp://127.0.0.1:*");
  RunWith(run, [](const std::string& endpoint) { SpeakAsStranger(endpoint, {}, Twice("hello")); });
  EXPECT_THAT(log_, testing::HasSubstr("refused a peer"));
}

TEST_F(IntruderTest, WhoKnowsTheServerButIsNotOfTheRunIsRefused) {
  Processes run(2, true);
  run.Bind("tcp://127.0.0.1:*");
  CurveKeys keys = *MakeCurveKeys();
  keys.server_public = run.options().keys.server_public;
  RunWith(run,
          [&](const std::string& endpoint) { SpeakAsStranger(endpoint, keys, Twice("hello")); });
  EXPECT_THAT(log_, testing::HasSubstr("it does not have the keys of this run"));
}

}  // namespace
}  // namespace tessera
