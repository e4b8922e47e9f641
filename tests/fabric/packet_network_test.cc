#include "fabric/packet/packet_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "core/engine.h"
#include "core/random.h"
#include "tests/fabric/packet_run.h"
#include "tests/status_matchers.h"
#include "topology/clos.h"
#include "topology/grid.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

constexpr Bandwidth kRate = Bandwidth::GigabitsPerSecond(100);
constexpr Duration kLatency(500'000);
constexpr LinkKind kLink = {kRate, kLatency, Tier::kScaleOut};

std::vector<PacketFlow> Permutation(int hosts, int64_t bytes) {
  std::vector<VertexId> targets(static_cast<size_t>(hosts));
  std::iota(targets.begin(), targets.end(), 0);
  RandomStream random({.run_seed = 3});
  random.Shuffle(absl::MakeSpan(targets));
  std::vector<PacketFlow> flows;
  for (VertexId host = 0; host < hosts; ++host) {
    if (targets[static_cast<size_t>(host)] == host) continue;
    flows.push_back(FlowOf(host, targets[static_cast<size_t>(host)], bytes));
  }
  return flows;
}

class EveryTransportTest : public testing::TestWithParam<PacketTransport> {
 protected:
  PacketParams Params() const {
    PacketParams params;
    params.transport = GetParam();
    return params;
  }
};

// Alone, a message takes the serialization of all its packets, that of the last one again at every
// further link, and the latencies.
TEST_P(EveryTransportTest, AMessageAloneTakesItsClosedForm) {
  const auto topology = MakeFatTree({.k = 4, .link = kLink, .spread = {}});
  const PacketParams params = Params();
  const Bytes full = params.payload + params.header;
  for (const auto& [target, links] : {std::pair{1, 2}, {2, 4}, {15, 6}}) {
    for (const int64_t packets : {1, 7, 300}) {
      const PacketOutcome outcome =
          Simulate(*topology, params, {FlowOf(0, target, packets * params.payload.count())});
      const Duration there = (packets + links - 1) * TransferTime(full, kRate) + links * kLatency;
      const Duration back = links * (TransferTime(params.header, kRate) + kLatency);
      EXPECT_EQ(outcome.flows[0].arrival, Time(there)) << packets << " packets, links " << links;
      EXPECT_EQ(outcome.flows[0].known, Time(there + back));
    }
  }
}

TEST_P(EveryTransportTest, EveryPacketPassesTheFirstAndTheLastLinkOfItsWay) {
  const auto topology = MakeFatTree({.k = 4, .link = kLink, .spread = {}});
  const std::vector<PacketFlow> flows = Permutation(16, 1'000'000);
  const PacketOutcome outcome = Simulate(*topology, Params(), flows);
  EXPECT_EQ(outcome.unfinished, "");
  constexpr int64_t kPackets = 245;
  for (const PacketFlow& flow : flows) {
    const LinkId last = topology->LinksInto(flow.target)[0];
    EXPECT_EQ(outcome.links[static_cast<size_t>(last)].packets, kPackets);
    const LinkId first = topology->LinksFrom(flow.source).first;
    const PacketLinkUse& use = outcome.links[static_cast<size_t>(first)];
    EXPECT_GE(use.packets, kPackets);
    EXPECT_GE(use.busy, kPackets * TransferTime(Bytes(4000), kRate));
  }
  for (const PacketLinkUse& use : outcome.links) EXPECT_LE(use.busy, outcome.last() - Time());
}

TEST_P(EveryTransportTest, TheSameSeedGivesTheSameTimesAndAnotherOneDoesNot) {
  const auto topology = MakeFatTree({.k = 4, .link = kLink, .spread = {}});
  PacketParams params = Params();
  const std::vector<PacketFlow> flows = Permutation(16, 1'000'000);
  const PacketOutcome first = Simulate(*topology, params, flows);
  EXPECT_EQ(first.arrivals(), Simulate(*topology, params, flows).arrivals());
  params.seed = 2;
  EXPECT_NE(first.arrivals(), Simulate(*topology, params, flows).arrivals());
}

TEST_P(EveryTransportTest, AnIncastTakesTheTimeOfItsLastLink) {
  const auto star = MakeCrossbar(9, kLink);
  std::vector<PacketFlow> flows;
  for (VertexId source = 1; source < 9; ++source) flows.push_back(FlowOf(source, 0, 1'000'000));
  const PacketOutcome outcome = Simulate(*star, Params(), flows);
  const Duration serial = 8 * TransferTime(Bytes(1'000'000 + 245 * 64), kRate);
  const double excess = ToSeconds(outcome.last()) / ToSeconds(serial + 2 * kLatency);
  EXPECT_GE(excess, 1);
  EXPECT_LT(excess, 1.02);
}

INSTANTIATE_TEST_SUITE_P(Transports, EveryTransportTest,
                         testing::Values(PacketTransport::kReceiverDriven,
                                         PacketTransport::kLossless));

TEST(ReceiverDrivenTest, SprayedPermutationsRunNearLineRateInFewEvents) {
  const auto topology = MakeFatTree({.k = 8, .link = kLink, .spread = {}});
  const std::vector<PacketFlow> flows = Permutation(128, 2'000'000);
  const PacketOutcome outcome = Simulate(*topology, {}, flows);
  const Duration alone = 494 * TransferTime(Bytes(4160), kRate) + 6 * kLatency;
  EXPECT_LT(ToSeconds(outcome.last()), 1.1 * ToSeconds(alone));
  EXPECT_LE(outcome.events, static_cast<int64_t>(flows.size()) * 489 * 8);
}

TEST(ReceiverDrivenTest, WhatDoesNotFitIsTrimmedAndSentAgain) {
  const auto star = MakeCrossbar(9, kLink);
  PacketParams params;
  params.port_buffer = Bytes(8 * 4160);
  std::vector<PacketFlow> flows;
  for (VertexId source = 1; source < 9; ++source) flows.push_back(FlowOf(source, 0, 300'000));
  const PacketOutcome outcome = Simulate(*star, params, flows);
  EXPECT_EQ(outcome.unfinished, "");
  const PacketLinkUse& last = outcome.links[static_cast<size_t>(star->FindLink(9, 0))];
  EXPECT_GT(last.trimmed, 0);
  EXPECT_EQ(last.headers, last.trimmed);
  EXPECT_EQ(last.packets, 8 * 74);
  EXPECT_LE(last.peak_queue, params.port_buffer);
}

std::vector<PacketFlow> Incast(int64_t bytes) {
  std::vector<PacketFlow> flows;
  for (VertexId source = 1; source < 5; ++source) flows.push_back(FlowOf(source, 0, bytes));
  return flows;
}

TEST(LosslessTest, PausesKeepTheBufferWithinItsHeadroom) {
  const auto star = MakeCrossbar(5, kLink);
  PacketParams params;
  params.transport = PacketTransport::kLossless;
  const PacketOutcome outcome = Simulate(*star, params, Incast(2'000'000));
  const Bytes most = params.pause_above + HeadroomOf(kLatency, kRate, Bytes(4160), Bytes(64));
  EXPECT_LE(outcome.links[static_cast<size_t>(star->FindLink(5, 0))].peak_queue, 4 * most);
  for (VertexId source = 1; source < 5; ++source) {
    EXPECT_GT(outcome.links[static_cast<size_t>(star->FindLink(source, 5))].paused, Duration(0));
  }
}

TEST(LosslessTest, CongestionControlShortensPauses) {
  const auto star = MakeCrossbar(5, kLink);
  PacketParams params;
  params.transport = PacketTransport::kLossless;
  const auto paused = [&](const PacketOutcome& outcome) {
    return outcome.links[static_cast<size_t>(star->FindLink(1, 5))].paused;
  };
  const PacketOutcome without = Simulate(*star, params, Incast(8'000'000));
  params.dcqcn.enabled = true;
  const PacketOutcome with = Simulate(*star, params, Incast(8'000'000));
  EXPECT_EQ(with.unfinished, "");
  EXPECT_GT(with.links[static_cast<size_t>(star->FindLink(5, 0))].marked, 0);
  EXPECT_LT(paused(with), paused(without) / 2);
  EXPECT_LT(ToSeconds(with.last()), 1.5 * ToSeconds(without.last()));
}

// Switches in a ring, a host each.
std::unique_ptr<Topology> RingOfSwitches(int count) {
  TopologyBuilder builder;
  builder.AddChips(count, "host", TopologyBuilder::Nodes::kOneEach);
  const VertexId first = builder.AddSwitches(count, "switch");
  for (int i = 0; i < count; ++i) {
    builder.AddCable(i, first + i, kLink);
    builder.AddCable(first + i, first + (i + 1) % count, kLink);
  }
  return std::move(builder).BuildConnected({});
}

// Every host sends three switches on: each link's buffer fills with packets for the next link.
TEST(LosslessTest, ADeadlockOfPausedLinksIsNamed) {
  const auto ring = RingOfSwitches(7);
  PacketParams params;
  params.transport = PacketTransport::kLossless;
  std::vector<PacketFlow> flows;
  for (int host = 0; host < 7; ++host) flows.push_back(FlowOf(host, (host + 3) % 7, 4'000'000));
  const std::string text = Simulate(*ring, params, flows).unfinished;
  EXPECT_NE(text.find("flow 0 (host0 to host3): "), std::string::npos) << text;
  EXPECT_NE(text.find("deadlock of paused links:\n"), std::string::npos) << text;
  EXPECT_NE(text.find("switch6 -> switch0 is full of packets that wait for switch0 -> switch1"),
            std::string::npos)
      << text;
}

TEST(PacketNetworkTest, NetPfcHeadroom) {  // net-pfc-headroom
  constexpr Bandwidth kFast = Bandwidth::GigabitsPerSecond(400);
  EXPECT_EQ(HeadroomOf(Duration(500'000), kFast, Bytes(4096), Bytes(3840)), Bytes(62'032));
}

TEST(PacketNetworkTest, WhatCannotRunIsAnError) {
  const auto star = MakeCrossbar(3, kLink);
  Engine engine;
  const auto network = MakePacketNetwork(engine, *star, {});
  ASSERT_THAT(network, IsOk());
  EXPECT_THAT((*network)->Add(FlowOf(0, 3, 1)),
              FailsWith("packet flow: found end 3; accepted: chips 0 to 2"));
  EXPECT_THAT((*network)->Add(FlowOf(1, 1, 1)),
              FailsWith("packet flow: source and target are both 1"));
  EXPECT_THAT((*network)->Add(FlowOf(0, 1, 0)),
              FailsContaining("packet flow: found 0 bytes; accepted: 1 to "));
  const auto line = MakeGrid({.extents = {3}, .links = {kLink}});
  const auto no_switches = MakePacketNetwork(engine, *line, {});
  ASSERT_THAT(no_switches, IsOk());
  EXPECT_THAT((*no_switches)->Add(FlowOf(0, 2, 1)), FailsContaining("packet flow: no way from "));
  PacketParams params;
  params.port_buffer = Bytes(100);
  EXPECT_THAT(MakePacketNetwork(engine, *star, params),
              FailsWith("packet network: port_buffer: found 100; accepted: at least one packet"));
}

}  // namespace
}  // namespace tessera
