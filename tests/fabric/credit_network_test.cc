// Packets over links with credits and virtual channels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/engine.h"
#include "core/random.h"
#include "fabric/packet/credit_router.h"
#include "fabric/packet/packet_network.h"
#include "tests/fabric/packet_run.h"
#include "tests/status_matchers.h"
#include "topology/clos.h"
#include "topology/grid.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

using testing::HasSubstr;

constexpr Bandwidth kRate = Bandwidth::GigabytesPerSecond(50);
constexpr Duration kLatency(200'000);
constexpr LinkKind kLink = {kRate, kLatency, Tier::kScaleUp};

// Buffers of so many packets.
PacketParams Buffers(int packets) {
  PacketParams params = CreditLinks();
  params.credit.buffer = packets * (params.payload + params.header);
  return params;
}

std::vector<PacketFlow> AllToAll(int chips, int64_t bytes) {
  std::vector<PacketFlow> flows;
  for (VertexId source = 0; source < chips; ++source) {
    for (int step = 1; step < chips; ++step) {
      flows.push_back(FlowOf(source, (source + step) % chips, bytes));
    }
  }
  return flows;
}

// Cut-through: a message takes the serialization of its packets once, and at every further link the
// header's.
TEST(CreditNetworkTest, AMessageAloneTakesItsClosedForm) {
  const auto line = MakeGrid({.extents = {6}, .links = {kLink}});
  const PacketParams params = CreditLinks();
  const Duration packet = TransferTime(params.payload + params.header, kRate);
  const Duration header = TransferTime(params.header, kRate);
  for (const int links : {1, 2, 5}) {
    for (const int64_t packets : {1, 7, 300}) {
      const PacketOutcome outcome =
          Simulate(*line, params, {FlowOf(0, links, packets * params.payload.count())});
      const Duration there = packets * packet + links * kLatency + (links - 1) * header;
      EXPECT_EQ(outcome.flows[0].arrival, Time(there)) << packets << " packets, links " << links;
      EXPECT_EQ(outcome.flows[0].known, Time(there + links * (kLatency + header)));
    }
  }
}

// A slow link before a fast one: the fast one waits until it would not run dry. A fast one before a
// slow one: the slow one sets the pace.
TEST(CreditNetworkTest, LinksOfDifferentRatesAreCutThroughWithoutGaps) {
  for (const auto& [first, second] : {std::pair{10, 40}, {40, 10}}) {
    TopologyBuilder builder;
    builder.AddChips(3, "chip", TopologyBuilder::Nodes::kOne);
    builder.AddCable(0, 1, {Bandwidth::GigabytesPerSecond(first), kLatency, Tier::kScaleUp});
    builder.AddCable(1, 2, {Bandwidth::GigabytesPerSecond(second), kLatency, Tier::kScaleUp});
    const auto line = *std::move(builder).Build({.chips_per_node = 3});
    const PacketParams params = CreditLinks();
    const PacketOutcome outcome =
        Simulate(*line, params, {FlowOf(0, 2, 100 * params.payload.count())});
    const Bytes size = params.payload + params.header;
    const Duration slow = TransferTime(size, Bandwidth::GigabytesPerSecond(10));
    const Duration ahead = first < second
                               ? Duration(0)
                               : TransferTime(params.header, Bandwidth::GigabytesPerSecond(first));
    EXPECT_EQ(outcome.flows[0].arrival, Time(100 * slow + 2 * kLatency + ahead));
  }
}

// A sender may have as many packets under way as fit at the other end, and hears of room only after
// a round trip.
TEST(CreditNetworkTest, SmallBuffersHoldALongLinkBack) {
  const auto pair = MakeGrid({.extents = {2}, .links = {kLink}});
  constexpr int kPackets = 600;
  const PacketParams full = CreditLinks();
  const Duration packet = TransferTime(full.payload + full.header, kRate);
  const Duration header = TransferTime(full.header, kRate);
  const Duration loop = 2 * kLatency + packet + header;
  for (const int buffers : {1, 2, 3, 50}) {
    const PacketParams params = Buffers(buffers);
    const PacketOutcome outcome =
        Simulate(*pair, params, {FlowOf(0, 1, kPackets * params.payload.count())});
    const Duration expected = std::max(kPackets * packet, kPackets / buffers * loop);
    EXPECT_NEAR(ToSeconds(outcome.last().time_since_epoch()) / ToSeconds(expected), 1, 0.02)
        << buffers;
    EXPECT_EQ(outcome.links[0].paused > Duration(0), buffers < 6) << buffers;
  }
  EXPECT_EQ(Simulate(*pair, full, {FlowOf(0, 1, kPackets * full.payload.count())})
                .last()
                .time_since_epoch(),
            kPackets * packet + kLatency)
      << "the default fills the link";
}

// Four rings of buffers of one packet; every packet has to go half way round.
std::vector<PacketFlow> HalfWayRound(int chips) {
  std::vector<PacketFlow> flows;
  for (VertexId chip = 0; chip < chips; ++chip) {
    flows.push_back(FlowOf(chip, (chip + chips / 2 - 1) % chips, 200'000));
  }
  return flows;
}

TEST(CreditNetworkTest, DatelinesKeepARingGoing) {
  const auto ring = MakeGrid({.extents = {8}, .links = {kLink}, .wraps = true});
  const PacketOutcome outcome = Simulate(*ring, Buffers(1), HalfWayRound(8));
  EXPECT_EQ(outcome.unfinished, "");
}

TEST(CreditNetworkTest, ARingOfOneChannelDeadlocksAndSaysWhere) {
  const auto ring = MakeGrid({.extents = {8}, .links = {kLink}, .wraps = true});
  PacketParams params = Buffers(1);
  params.credit.avoids_deadlock = false;
  const PacketOutcome outcome = Simulate(*ring, params, HalfWayRound(8));
  EXPECT_THAT(outcome.unfinished, HasSubstr("packets have arrived"));
  EXPECT_THAT(outcome.unfinished, HasSubstr("deadlock of buffers:\n"));
  EXPECT_THAT(outcome.unfinished,
              HasSubstr("chip0 -> chip1 channel 0 waits for room in chip1 -> chip2 channel 0"));
}

// Whatever goes through a torus or over switches ends, and every packet crosses each link of its
// way once.
TEST(CreditNetworkTest, RandomTrafficEndsOnEveryKindOfNetwork) {
  std::vector<std::unique_ptr<Topology>> networks;
  networks.push_back(MakeGrid({.extents = {4, 3, 5}, .links = {kLink}, .wraps = true}));
  networks.push_back(MakeGrid({.extents = {4, 4}, .links = {kLink}}));
  networks.push_back(MakeCrossbar(12, kLink));
  networks.push_back(MakeFullMesh(9, kLink));
  networks.push_back(MakeFatTree({.k = 4, .link = kLink, .spread = {}}));
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Topology& topology = *networks[seed % networks.size()];
    RandomStream random({.run_seed = seed});
    PacketParams params = Buffers(1 + static_cast<int>(random.Below(3)));
    params.seed = seed;
    std::vector<PacketFlow> flows;
    int64_t hops = 0;
    const auto chips = static_cast<uint64_t>(topology.chips());
    while (flows.size() < 200) {
      const auto source = static_cast<VertexId>(random.Below(chips));
      const auto target = static_cast<VertexId>(random.Below(chips));
      if (source == target) continue;
      flows.push_back(FlowOf(source, target, 1 + static_cast<int64_t>(random.Below(50'000))));
      const int64_t packets = (flows.back().bytes.count() + 4095) / 4096;
      hops += packets * static_cast<int64_t>(topology.Route(source, target).size());
    }
    const PacketOutcome outcome = Simulate(topology, params, flows);
    EXPECT_EQ(outcome.unfinished, "") << seed;
    int64_t crossed = 0;
    for (const PacketLinkUse& link : outcome.links) crossed += link.packets;
    EXPECT_EQ(crossed, hops) << seed;
    EXPECT_LE(outcome.events, 4 * hops) << seed;
  }
}

// Seven chips send to one; an eighth message meets them only before the switch, in the buffer of
// its sender's link.
TEST(CreditNetworkTest, AFullBufferHoldsUpWhatIsNotMeantForTheBusyChip) {
  const auto hub = MakeCrossbar(9, kLink);
  std::vector<PacketFlow> incast;
  for (VertexId source = 1; source < 8; ++source) incast.push_back(FlowOf(source, 0, 1'000'000));
  std::vector<PacketFlow> flows = incast;
  flows.push_back(FlowOf(1, 8, 1'000'000));
  const PacketOutcome outcome = Simulate(*hub, CreditLinks(), flows);
  const Duration alone =
      Simulate(*hub, CreditLinks(), {FlowOf(1, 8, 1'000'000)}).last().time_since_epoch();
  // Max-min fair: a seventh of a link for each of the seven, six sevenths for the eighth.
  EXPECT_NEAR(ToSeconds(outcome.last().time_since_epoch()) / ToSeconds(7 * alone), 1, 0.03);
  EXPECT_GT(outcome.flows.back().arrival.time_since_epoch(), 3 * alone);
}

TEST(CreditNetworkTest, AnAllToAllOverASwitchUsesItsLinks) {
  const auto hub = MakeCrossbar(8, kLink);
  const PacketOutcome outcome = Simulate(*hub, CreditLinks(), AllToAll(8, 2'000'000));
  const Duration least = TransferTime(Bytes(14'000'000), kRate);
  EXPECT_NEAR(ToSeconds(outcome.last().time_since_epoch()) / ToSeconds(least), 1.03, 0.03);
}

TEST(CreditNetworkTest, SaysWhatItCannotCarry) {
  const auto line = MakeGrid({.extents = {18}, .links = {kLink}});
  Engine engine;
  PacketParams params = CreditLinks();
  params.credit.buffer = Bytes(100);
  EXPECT_THAT(MakePacketNetwork(engine, *line, params).status(),
              FailsContaining("credit.buffer: found 100; accepted: at least one packet, or 0"));
  TopologyBuilder builder;  // The same line, whose routes do not say that it is a grid.
  builder.AddChips(18, "chip", TopologyBuilder::Nodes::kOne);
  for (int chip = 0; chip < 17; ++chip) builder.AddCable(chip, chip + 1, kLink);
  const auto plain = *std::move(builder).Build({.chips_per_node = 18});
  const auto network = MakePacketNetwork(engine, *plain, CreditLinks());
  ASSERT_THAT(network, IsOk());
  EXPECT_THAT((*network)->Add(FlowOf(0, 16, 1)), IsOk());
  EXPECT_THAT((*network)->Add(FlowOf(0, 17, 1)).status(),
              FailsContaining("from chip0 to chip17 needs more than the 16 virtual channels"));
}

}  // namespace
}  // namespace tessera
