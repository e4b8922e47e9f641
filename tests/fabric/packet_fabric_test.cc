// Schedules whose messages between nodes travel as packets.
#include "fabric/packet_fabric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/fabric/exchange.h"
#include "topology/clos.h"

namespace tessera {
namespace {

constexpr Bandwidth kRate = Bandwidth::GigabytesPerSecond(50);
constexpr Duration kLatency = Duration(500'000);

// `nodes` nodes of two chips, joined to each other by a link ten times as fast and to one switch.
std::unique_ptr<Topology> PairsOnASwitch(int nodes) {
  TopologyBuilder builder;
  for (int c = 0; c < 2 * nodes; ++c) {
    builder.AddVertex({.node = c / 2, .name = "chip" + std::to_string(c)});
  }
  const VertexId hub = builder.AddVertex({.kind = VertexKind::kSwitch, .node = -1, .name = "hub"});
  for (int c = 0; c < 2 * nodes; ++c) {
    builder.AddCable({.source = c,
                      .target = hub,
                      .bandwidth = kRate,
                      .latency = kLatency,
                      .tier = Tier::kScaleOut});
  }
  for (int c = 0; c < 2 * nodes; c += 2) {
    builder.AddCable({.source = c,
                      .target = c + 1,
                      .bandwidth = Bandwidth::GigabytesPerSecond(500),
                      .latency = kLatency,
                      .tier = Tier::kScaleUp});
  }
  return *std::move(builder).Build({.chips_per_node = 2});
}

// When each rank of a schedule on chips 0, 1, ... hears of its end.
struct Outcome {
  std::vector<Duration> ends;
  std::vector<LinkUse> use;
  std::string unfinished;
  Duration last() const { return *std::max_element(ends.begin(), ends.end()); }
};

// kCredit: inside nodes; the others are of what is between nodes.
enum class Model { kFluid, kReceiverDriven, kLossless, kCredit };

Outcome RunSchedule(Model model, const Topology& topology, const Schedule& schedule,
                    const TransferCosts& costs = {}, PathChoice paths = PathChoice::kSpray) {
  Engine engine;
  PacketParams params;
  params.paths = paths;
  if (model == Model::kLossless) params.transport = PacketTransport::kLossless;
  std::unique_ptr<Fabric> fabric;
  if (model == Model::kFluid) {
    fabric = MakeFluidFabric(engine, topology);
  } else if (model == Model::kCredit) {
    params.transport = PacketTransport::kCredit;
    fabric = *MakePacketFabric(engine, topology, {.scale_up = params}, {});
  } else {
    fabric = *MakePacketFabric(engine, topology, {.scale_out = params}, {});
  }
  std::vector<Listener> listeners(static_cast<size_t>(schedule.ranks));
  std::vector<ComponentId> components;
  for (Listener& listener : listeners) components.push_back(engine.Add(listener));
  std::vector<VertexId> chips(static_cast<size_t>(schedule.ranks));
  std::iota(chips.begin(), chips.end(), 0);
  fabric->Start({.schedule = &schedule,
                 .endpoints = chips,
                 .costs = costs,
                 .rank_components = components,
                 .done_kind = 7,
                 .done_payload = 9});
  engine.Run();
  Outcome outcome;
  for (const Listener& listener : listeners) {
    for (const auto& [time, payload] : listener.heard) {
      EXPECT_EQ(payload, 9U);
      outcome.ends.push_back(time.time_since_epoch());
    }
  }
  const absl::Span<const LinkUse> use = fabric->link_use();
  outcome.use.assign(use.begin(), use.end());
  outcome.unfinished = fabric->DescribeUnfinished();
  return outcome;
}

double Ratio(Duration a, Duration b) { return ToSeconds(a) / ToSeconds(b); }

TEST(PacketFabricTest, RingWithoutCongestionTakesWhatTheFluidModelSays) {
  const auto topology = PairsOnASwitch(4);
  const Schedule ring = RingSchedule(8, 4'000'000, 14);
  const Duration fluid = RunSchedule(Model::kFluid, *topology, ring).last();
  for (const Model model : {Model::kReceiverDriven, Model::kLossless}) {
    const Outcome packets = RunSchedule(model, *topology, ring);
    EXPECT_EQ(packets.ends.size(), 8U);
    EXPECT_EQ(packets.unfinished, "");
    // Headers are 64 bytes of 4160, and messages wait for whole packets and for pulls.
    EXPECT_NEAR(Ratio(packets.last(), fluid), 1.025, 0.015);
  }
}

TEST(PacketFabricTest, ScheduleInsideNodesIsFluidToThePicosecond) {
  const auto topology = PairsOnASwitch(2);
  const Schedule pairs = MakeSchedule(4, {{0, 1, 1'000'000}, {2, 3, 2'000'000}});
  EXPECT_EQ(RunSchedule(Model::kReceiverDriven, *topology, pairs).ends,
            RunSchedule(Model::kFluid, *topology, pairs).ends);
}

// A transfer in the node, then one between nodes, each with its own software latency.
TEST(PacketFabricTest, TransfersWaitForTheirPredecessorsAndTheirSoftware) {
  const auto topology = PairsOnASwitch(2);
  const Schedule chain = MakeSchedule(4, {{0, 1, 500'000}, {1, 2, 1'000'000, {0}}});
  const TransferCosts none;
  const TransferCosts costs = {.start = Duration(3'000'000),
                               .per_transfer_scale_up = Duration(1'000'000),
                               .per_transfer_scale_out = Duration(5'000'000)};
  const Outcome quick = RunSchedule(Model::kReceiverDriven, *topology, chain, none);
  const Outcome slow = RunSchedule(Model::kReceiverDriven, *topology, chain, costs);
  ASSERT_EQ(quick.ends.size(), 4U);
  EXPECT_EQ(slow.ends[0] - quick.ends[0], Duration(4'000'000));
  EXPECT_EQ(slow.ends[1] - quick.ends[1], Duration(9'000'000));
  EXPECT_EQ(slow.ends[2], slow.ends[1]);
  EXPECT_EQ(slow.ends[3], costs.start);  // It takes no part.
}

TEST(PacketFabricTest, EitherTierMayBePackets) {
  const auto topology = PairsOnASwitch(2);
  const Schedule chain = MakeSchedule(4, {{0, 1, 4'096'000}, {1, 2, 4'096'000, {0}}});
  const TransferCosts costs = {.per_transfer_scale_up = Duration(1'000'000),
                               .per_transfer_scale_out = Duration(5'000'000)};
  const Duration in_node = TransferTime(Bytes(4'096'000), Bandwidth::GigabytesPerSecond(500));
  const Duration headers = in_node * 64 / 4096;
  const Outcome fluid = RunSchedule(Model::kFluid, *topology, chain, costs);
  const Outcome credit = RunSchedule(Model::kCredit, *topology, chain, costs);
  EXPECT_EQ(credit.ends[0] - fluid.ends[0], headers);
  EXPECT_EQ(credit.ends[2] - fluid.ends[2], headers);
  const LinkId inside = topology->FindLink(0, 1);
  EXPECT_EQ(credit.use[static_cast<size_t>(inside)].transfers, 1000);
}

TEST(PacketFabricTest, RateCapKeepsAMessageFromEndingEarlier) {
  const auto topology = PairsOnASwitch(2);
  const Schedule message = MakeSchedule(4, {{0, 2, 10'000'000}});
  const TransferCosts costs = {.rate_cap = Bandwidth::GigabytesPerSecond(10)};
  EXPECT_EQ(RunSchedule(Model::kLossless, *topology, message, costs).last(),
            Duration(1'000'000'000) + 2 * kLatency);
}

// Seven chips send to chip 14; chip 0 also sends to chip 15. In the fluid model that message gets
// what the others leave of its link. Where a full buffer pauses the link, it waits behind them.
TEST(PacketFabricTest, IncastOfALosslessNetworkHoldsUpABystander) {
  const auto topology = PairsOnASwitch(8);
  constexpr int64_t kBytes = 10'000'000;
  std::vector<TestTransfer> transfers = {{0, 15, kBytes}};
  for (int source = 0; source < 14; source += 2) transfers.push_back({source, 14, kBytes});
  const Schedule incast = MakeSchedule(16, transfers);
  const Outcome fluid = RunSchedule(Model::kFluid, *topology, incast);
  const Outcome lossless = RunSchedule(Model::kLossless, *topology, incast);
  const Outcome pulled = RunSchedule(Model::kReceiverDriven, *topology, incast);
  ASSERT_EQ(lossless.ends.size(), 16U);
  // The incast itself is bound by the last link in every model ...
  EXPECT_NEAR(Ratio(lossless.ends[14], fluid.ends[14]), 1.02, 0.02);
  EXPECT_NEAR(Ratio(pulled.ends[14], fluid.ends[14]), 1.06, 0.05);
  // ... and pauses hold up the bystander more than pulls, which share its link with the incast.
  EXPECT_GT(Ratio(lossless.ends[15], fluid.ends[15]), 3);
  EXPECT_LT(Ratio(pulled.ends[15], fluid.ends[15]), 2);
}

// Four messages from leaf to leaf over four spines; those that hash to one spine share it.
TEST(PacketFabricTest, HashedMessagesCollideWhereTheFluidModelSaysSo) {
  const Schedule messages =
      MakeSchedule(8, {{0, 4, 4'000'000}, {1, 5, 4'000'000}, {2, 6, 4'000'000}, {3, 7, 4'000'000}});
  const LinkKind link = {.bandwidth = kRate, .latency = kLatency};
  double slowest = 0;
  double fastest = 1;
  for (const int queue_pairs : {1, 2}) {
    for (uint64_t seed = 0; seed < 6; ++seed) {
      const auto topology = MakeLeafSpine({.leaves = 2,
                                           .hosts_per_leaf = 4,
                                           .spines = 4,
                                           .host_link = link,
                                           .uplink = link,
                                           .spread = {SpreadRule::Kind::kHash, seed, queue_pairs}});
      const Outcome fluid = RunSchedule(Model::kFluid, *topology, messages);
      const Outcome packets =
          RunSchedule(Model::kLossless, *topology, messages, {}, PathChoice::kHash);
      EXPECT_EQ(packets.unfinished, "");
      // Stripes of a fluid message advance together, those of packets each on its own.
      const double ratio = Ratio(packets.last(), fluid.last());
      EXPECT_GT(ratio, queue_pairs == 1 ? 1.0 : 0.7) << seed;
      EXPECT_LT(ratio, 1.12) << seed;
      slowest = std::max(slowest, ToSeconds(packets.last()));
      fastest = std::min(fastest, ToSeconds(packets.last()));
    }
  }
  EXPECT_GT(slowest, 1.8 * fastest);
}

TEST(PacketFabricTest, LinksCarryTheBytesAndTheirHeaders) {
  const auto topology = PairsOnASwitch(2);
  const Schedule message = MakeSchedule(4, {{0, 2, 4'096'000}});
  const Outcome outcome = RunSchedule(Model::kReceiverDriven, *topology, message);
  int64_t bytes = 0;
  int64_t packets = 0;
  for (const LinkUse& use : outcome.use) {
    bytes += use.bytes.count();
    packets += use.transfers;
  }
  EXPECT_EQ(packets, 2 * 1000);
  EXPECT_NEAR(static_cast<double>(bytes), 2.0 * 1000 * (4096 + 64), 2000);
}

TEST(PacketFabricTest, MessageOfTooManyPacketsIsNamed) {
  const auto topology = PairsOnASwitch(2);
  const Schedule message = MakeSchedule(4, {{0, 2, int64_t{1} << 40}});
  EXPECT_THAT(RunSchedule(Model::kReceiverDriven, *topology, message).unfinished,
              testing::HasSubstr("packet flow: found 1099511627776 bytes; accepted: 1 to"));
}

}  // namespace
}  // namespace tessera
