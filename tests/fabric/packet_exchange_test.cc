#include "fabric/packet/packet_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/memory_transport.h"
#include "fabric/packet/packet_cut.h"
#include "fabric/packet/packet_schedule.h"
#include "tests/status_matchers.h"
#include "topology/clos.h"
#include "topology/grid.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

using testing::Each;

constexpr LinkKind kLink = {Bandwidth::GigabitsPerSecond(100), Duration(500'000), Tier::kScaleOut};

std::unique_ptr<Topology> LeafSpine(int leaves, int hosts_per_leaf) {
  return MakeLeafSpine({.leaves = leaves,
                        .hosts_per_leaf = hosts_per_leaf,
                        .spines = leaves,
                        .host_link = kLink,
                        .uplink = kLink,
                        .spread = {}});
}

PacketMessage MessageOf(VertexId source, VertexId target, int64_t bytes) {
  return {.source = source, .target = target, .bytes = Bytes(bytes)};
}

PacketExchange AllToAll(int hosts, int64_t bytes) {
  PacketExchange exchange;
  for (VertexId source = 0; source < hosts; ++source) {
    for (VertexId step = 1; step < hosts; ++step) {
      exchange.messages.push_back(MessageOf(source, (source + step) % hosts, bytes));
    }
  }
  return exchange;
}

// Every host passes a message on `rounds` times: each waits for the one that came and the one that
// went.
PacketExchange Ring(int hosts, int rounds, int64_t bytes) {
  PacketExchange exchange;
  for (int round = 0; round < rounds; ++round) {
    for (VertexId host = 0; host < hosts; ++host) {
      PacketMessage message = MessageOf(host, (host + 1) % hosts, bytes);
      message.delay = Duration(1000);
      if (round > 0) {
        message.first_predecessor = static_cast<int32_t>(exchange.predecessors.size());
        message.predecessor_count = 2;
        const int before = (round - 1) * hosts;
        exchange.predecessors.push_back(before + (host + hosts - 1) % hosts);
        exchange.predecessors.push_back(before + host);
      }
      exchange.messages.push_back(message);
    }
  }
  return exchange;
}

PacketParams ParamsOf(PacketTransport transport, bool dcqcn = false) {
  PacketParams params;
  params.transport = transport;
  params.dcqcn.enabled = dcqcn;
  params.dcqcn.mark_above = Bytes(20'000);
  params.dcqcn.mark_all_above = Bytes(80'000);
  return params;
}

PacketExchangeResult RunWhole(const Topology& topology, const PacketParams& params,
                              const PacketExchange& exchange) {
  auto result = RunPacketExchange(topology, params, exchange);
  EXPECT_THAT(result, IsOk());
  return result.ok() ? *std::move(result) : PacketExchangeResult{};
}

PacketExchangeResult RunSplit(const Topology& topology, const PacketParams& params,
                              const PacketExchange& exchange, int partitions) {
  PacketExchangeResult result;
  const absl::Status status = RunOnThreads(partitions, [&](WindowTransport& transport) {
    auto mine = RunPacketExchange(topology, params, exchange, &transport);
    absl::Status end = mine.status();
    if (end.ok() && transport.self() == 0) result = *std::move(mine);
    return end;
  });
  EXPECT_THAT(status, IsOk());
  return result;
}

struct SplitCase {
  const char* name;
  PacketParams params;
};

class SplitExchangeTest : public testing::TestWithParam<SplitCase> {};

TEST_P(SplitExchangeTest, AnAllToAllHasOneResultOverAnyNumberOfPartitions) {
  const auto topology = LeafSpine(4, 8);
  const PacketExchange exchange = AllToAll(32, 20'000);
  const PacketExchangeResult whole = RunWhole(*topology, GetParam().params, exchange);
  EXPECT_THAT(whole.messages, Each(testing::Field(&PacketFlowResult::arrived, true)));
  for (const int partitions : {1, 2, 3, 4, 8}) {
    const PacketExchangeResult split = RunSplit(*topology, GetParam().params, exchange, partitions);
    EXPECT_EQ(split.Hash(), whole.Hash()) << partitions;
    EXPECT_EQ(split.events, whole.events) << partitions;
    EXPECT_EQ(split.arrived, whole.arrived) << partitions;
    EXPECT_GT(split.parts.empty() ? 1 : split.parts[0].run.windows, 0);
  }
}

TEST_P(SplitExchangeTest, MessagesThatWaitForOneAnotherDoToo) {
  const auto topology = LeafSpine(4, 4);
  const PacketExchange exchange = Ring(16, 6, 30'000);
  const PacketExchangeResult whole = RunWhole(*topology, GetParam().params, exchange);
  for (const int partitions : {2, 3, 8}) {
    EXPECT_EQ(RunSplit(*topology, GetParam().params, exchange, partitions).Hash(), whole.Hash());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Transports, SplitExchangeTest,
    testing::Values(SplitCase{"ReceiverDriven", ParamsOf(PacketTransport::kReceiverDriven)},
                    SplitCase{"Lossless", ParamsOf(PacketTransport::kLossless)},
                    SplitCase{"Dcqcn", ParamsOf(PacketTransport::kLossless, true)},
                    SplitCase{"Credit", ParamsOf(PacketTransport::kCredit)}),
    [](const auto& tested) { return tested.param.name; });

// Each of the steps takes a message's way there and its acknowledgement's way back, since a host
// waits for both.
TEST(PacketExchangeTest, ARingOfOneAtATimeTakesItsClosedForm) {
  const auto star = MakeCrossbar(4, kLink);
  const PacketParams params;
  constexpr int kRounds = 5;
  const PacketExchangeResult result =
      RunWhole(*star, params, Ring(4, kRounds, params.payload.count()));
  const Duration there =
      2 * (kLink.latency + TransferTime(params.payload + params.header, kLink.bandwidth));
  const Duration back = 2 * (kLink.latency + TransferTime(params.header, kLink.bandwidth));
  EXPECT_EQ(result.arrived, Time(kRounds * (Duration(1000) + there) + (kRounds - 1) * back));
}

TEST(PacketExchangeTest, AMessageCannotWaitForWhatItsSourceDoesNotKnow) {
  const auto star = MakeCrossbar(3, kLink);
  PacketExchange exchange;
  exchange.messages = {MessageOf(0, 1, 10), MessageOf(2, 0, 10)};
  exchange.messages[1].predecessor_count = 1;
  exchange.predecessors = {0};
  EXPECT_THAT(RunPacketExchange(*star, {}, exchange),
              FailsWith("message 1 of chip 2 waits for message 0 from chip 0 to chip 1: its source "
                        "does not know when that is over"));
}

// Ranks 0 and 1 share chip 0: what passes between them takes no time, and what waits for it waits
// for what came before.
TEST(PacketScheduleTest, TransfersInsideAChipAreLeftOutButNotWhatTheyWaitFor) {
  const auto star = MakeCrossbar(3, kLink);
  Schedule schedule;
  schedule.ranks = 4;
  schedule.transfers = {{.source = 2, .target = 0, .bytes = Bytes(100)},
                        {.source = 0, .target = 1, .bytes = Bytes(100), .predecessor_count = 1},
                        {.source = 1,
                         .target = 3,
                         .bytes = Bytes(0),
                         .first_predecessor = 1,
                         .predecessor_count = 1}};
  schedule.predecessors = {0, 1};
  const std::vector<VertexId> endpoints = {0, 0, 1, 2};
  const TransferCosts costs = {.start = Duration(7000), .per_transfer_scale_up = Duration(300)};
  PacketExchange exchange;
  ASSERT_THAT(AddSchedule(schedule, endpoints, costs, *star, exchange), IsOk());
  ASSERT_EQ(exchange.messages.size(), 2U);
  EXPECT_EQ(exchange.messages[0].delay, Duration(7300));
  EXPECT_EQ(exchange.messages[1].delay, Duration(300));
  EXPECT_EQ(exchange.messages[1].source, 0);
  EXPECT_EQ(exchange.messages[1].bytes, Bytes(1));
  EXPECT_THAT(exchange.PredecessorsOf(exchange.messages[1]), testing::ElementsAre(0));
  const Bytes header = PacketParams{}.header;
  const auto alone = [header](Bytes bytes) {
    return 2 * (kLink.latency + TransferTime(bytes + header, kLink.bandwidth));
  };
  EXPECT_EQ(RunWhole(*star, {}, exchange).arrived,
            Time(Duration(7600) + alone(Bytes(100)) + alone(Bytes(1))));
}

TEST(PacketScheduleTest, ReducingSwitchesAreRefused) {
  const auto star = MakeCrossbar(3, kLink);
  Schedule schedule;
  schedule.algorithm = "nvls";
  schedule.switches = 1;
  PacketExchange exchange;
  EXPECT_THAT(AddSchedule(schedule, {}, {}, *star, exchange),
              FailsWith("algorithm \"nvls\" reduces in switches, which packets cannot do; choose "
                        "another one"));
}

TEST(PacketCutTest, SplitsALeafSpineNetworkEvenly) {
  const auto topology = LeafSpine(8, 8);
  std::vector<PacketFlow> flows;
  for (const PacketMessage& message : AllToAll(64, 50'000).messages) {
    PacketFlow& flow = flows.emplace_back();
    flow.source = message.source;
    flow.target = message.target;
    flow.bytes = message.bytes;
  }
  const auto cut = CutPackets(*topology, {}, flows, 2);
  ASSERT_THAT(cut, IsOk());
  int hosts = 0;
  for (VertexId host = 0; host < 64; ++host) {
    hosts += cut->partition_of_vertex[static_cast<size_t>(host)];
    const VertexId leaf =
        topology->links()[static_cast<size_t>(topology->LinksFrom(host).first)].target;
    EXPECT_EQ(cut->partition_of_vertex[static_cast<size_t>(host)],
              cut->partition_of_vertex[static_cast<size_t>(leaf)]);
  }
  EXPECT_EQ(hosts, 32);
  const Duration header = TransferTime(PacketParams{}.header, kLink.bandwidth);
  EXPECT_EQ(cut->lookahead.At(0, 1), kLink.latency + header);
}

// Chips on NICs: sixteen cables without latency, and sixteen with one.
TEST(PacketCutTest, DoesNotCutShortLinks) {
  TopologyBuilder builder;
  const VertexId chip = builder.AddChips(16, "chip", TopologyBuilder::Nodes::kOneEach);
  const VertexId nic = builder.AddSwitches(16, "nic");
  const VertexId hub = builder.AddSwitches(1, "hub");
  for (int i = 0; i < 16; ++i) {
    builder.AddCable(chip + i, nic + i, {kLink.bandwidth, Duration(0), Tier::kScaleUp});
    builder.AddCable(nic + i, hub, kLink);
  }
  const auto topology = std::move(builder).BuildConnected({});
  for (const int parts : {2, 3, 4}) {
    const auto cut = CutPackets(*topology, {}, {}, parts);
    ASSERT_THAT(cut, IsOk());
    for (int i = 0; i < 16; ++i) {
      EXPECT_EQ(cut->partition_of_vertex[static_cast<size_t>(chip + i)],
                cut->partition_of_vertex[static_cast<size_t>(nic + i)]);
    }
  }
}

}  // namespace
}  // namespace tessera
