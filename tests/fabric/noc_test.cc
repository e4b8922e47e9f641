#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "fabric/noc/latency_load.h"
#include "fabric/noc/noc_network.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

// Sends `packets` at once and steps until all have arrived or the network has come to rest.
std::vector<NocNetwork::Arrival> Deliver(NocNetwork& network,
                                         const std::vector<NocNetwork::Packet>& packets) {
  constexpr int64_t kLongRest = 100;
  for (const NocNetwork::Packet& packet : packets) network.Send(packet);
  std::vector<NocNetwork::Arrival> arrivals;
  while (network.packets_under_way() > 0 && network.cycles_at_rest() < kLongRest) {
    network.Step(arrivals);
  }
  return arrivals;
}

int LinksBetween(const NocParams& params, int a, int b) {
  int links = 0;
  for (const int extent : params.extents) {
    const int straight = std::abs(a % extent - b % extent);
    links += params.wraps ? std::min(straight, extent - straight) : straight;
    a /= extent;
    b /= extent;
  }
  return links;
}

class IdleLatencyTest : public testing::TestWithParam<NocParams> {};

// A hop takes VC allocation, switch allocation, crossbar and link; the way in and out of the
// network six cycles; every further flit one.
TEST_P(IdleLatencyTest, GrowsByAFixedTimeAHopAndAFlit) {
  const NocParams& params = GetParam();
  const int hop = 2 + params.crossbar_cycles + params.link_cycles;
  for (int source = 0; source < params.nodes(); source += 3) {
    for (int target = 0; target < params.nodes(); ++target) {
      for (const int flits : {1, 5}) {
        NocNetwork network(params, 1);
        const auto arrivals =
            Deliver(network, {{.source = source, .target = target, .flits = flits}});
        ASSERT_EQ(arrivals.size(), 1U);
        const int links = LinksBetween(params, source, target);
        EXPECT_EQ(arrivals[0].cycle, 5 + params.crossbar_cycles + hop * links + flits - 1)
            << source << " to " << target;
        EXPECT_EQ(arrivals[0].hops, links + 1);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Networks, IdleLatencyTest,
    testing::Values(NocParams{.extents = {8}}, NocParams{.extents = {4, 3}, .input_speedup = 2},
                    NocParams{.extents = {5, 4}, .wraps = true, .link_cycles = 2},
                    NocParams{.extents = {3, 2, 4}, .crossbar_cycles = 3}));

std::vector<NocNetwork::Packet> Stream(int source, int target, int packets) {
  return std::vector<NocNetwork::Packet>(static_cast<size_t>(packets),
                                         {.source = source, .target = target, .flits = 1000});
}

// A slot is free again 2 * link + crossbar + credit + 3 cycles after its flit left: the flit's way,
// a cycle in the switch allocator, and the credit's way back.
TEST(NocNetworkTest, ThroughputOfOneChannelIsItsBufferOverTheRoundTrip) {
  for (const int buffer : {2, 4, 8, 16}) {
    const NocParams params = {
        .extents = {4}, .virtual_channels = 1, .buffer_flits = buffer, .link_cycles = 3};
    const int round_trip =
        2 * params.link_cycles + params.crossbar_cycles + params.credit_cycles + 2;
    NocNetwork network(params, 1);
    const auto arrivals = Deliver(network, Stream(0, 1, 1));
    const double cycles = static_cast<double>(arrivals.at(0).cycle);
    EXPECT_NEAR(1000 / cycles, std::min(1.0, double{1} * buffer / round_trip), 0.03) << buffer;
  }
}

TEST(NocNetworkTest, EveryFlitPassesEveryLinkOfItsWayOnce) {
  const NocParams params = {.extents = {4, 4}, .virtual_channels = 4};
  NocNetwork network(params, 1);
  std::vector<NocNetwork::Packet> packets;
  int64_t flit_hops = 0;
  RandomStream random({.run_seed = 5});
  for (int i = 0; i < 3000; ++i) {
    const auto source = static_cast<int>(random.Below(16));
    const auto target = static_cast<int>(random.Below(16));
    packets.push_back({.source = source, .target = target, .flits = 1 + i % 4});
    flit_hops += (1 + i % 4) * (1 + LinksBetween(params, source, target));
  }
  EXPECT_EQ(Deliver(network, packets).size(), packets.size());
  EXPECT_EQ(network.flit_hops(), flit_hops);
  int64_t sent = 0;
  for (int node = 0; node < 16; ++node) {
    for (int port = 0; port < params.ports(); ++port) sent += network.flits_sent(node, port);
  }
  EXPECT_EQ(sent, flit_hops);
  EXPECT_EQ(network.LinkName(1, 0), "(1,0) -> (2,0)");
  EXPECT_EQ(network.LinkName(1, 4), "(1,0) -> node");
}

// Everybody sends a long packet half way round a ring.
std::vector<NocNetwork::Packet> RoundTheRing(int nodes) {
  std::vector<NocNetwork::Packet> packets;
  for (int copy = 0; copy < 4; ++copy) {
    for (int node = 0; node < nodes; ++node) {
      packets.push_back({.source = node, .target = (node + 3) % nodes, .flits = 64});
    }
  }
  return packets;
}

TEST(NocDeadlockTest, ARingWithoutDatelinesStopsAndTheCycleIsNamed) {
  const NocParams params = {
      .extents = {8}, .wraps = true, .virtual_channels = 2, .buffer_flits = 4, .datelines = false};
  NocNetwork network(params, 1);
  EXPECT_LT(Deliver(network, RoundTheRing(8)).size(), 32U);
  EXPECT_GE(network.cycles_at_rest(), 100);
  const std::string cycle = network.DescribeDeadlock();
  EXPECT_EQ(std::count(cycle.begin(), cycle.end(), '\n'), 8) << cycle;
  EXPECT_NE(cycle.find(" waits for room in (0) -> (1) VC "), std::string::npos) << cycle;
  EXPECT_NE(cycle.find("(7) -> (0) VC "), std::string::npos) << cycle;
}

TEST(NocDeadlockTest, DatelinesPreventIt) {
  const NocParams params = {
      .extents = {8}, .wraps = true, .virtual_channels = 2, .buffer_flits = 4};
  NocNetwork network(params, 1);
  EXPECT_EQ(Deliver(network, RoundTheRing(8)).size(), 32U);
  EXPECT_EQ(network.cycles_at_rest(), 0);
  EXPECT_EQ(network.DescribeDeadlock(), "");
}

TEST(MeasureNocTest, TheSameSeedGivesTheSameBits) {
  NocLoad load = {.network = {.extents = {4, 4}, .wraps = true, .link_cycles = 2},
                  .traffic = NocTraffic::Uniform(16),
                  .load = 0.3};
  const auto first = MeasureNoc(load, {});
  const auto second = MeasureNoc(load, {});
  load.seed = 2;
  const auto other = MeasureNoc(load, {});
  ASSERT_THAT(first, IsOk());
  EXPECT_TRUE(first->settled);
  EXPECT_EQ(first->latency, second->latency);
  EXPECT_NE(first->latency, other->latency);
  EXPECT_NEAR(first->accepted_load, 0.3, 0.01);
}

TEST(MeasureNocTest, LatencyRisesWithLoadAndAnOverloadedNetworkDoesNotSettle) {
  NocLoad load = {.network = {.extents = {4, 4}, .input_speedup = 2},
                  .traffic = NocTraffic::Uniform(16)};
  double last = 0;
  for (const double flits : {0.05, 0.3, 0.6}) {
    load.load = flits;
    const auto measured = MeasureNoc(load, {});
    ASSERT_THAT(measured, IsOk());
    EXPECT_TRUE(measured->settled);
    EXPECT_GT(measured->latency, last);
    last = measured->latency;
  }
  load.load = 1;
  const auto overloaded = MeasureNoc(load, {});
  ASSERT_THAT(overloaded, IsOk());
  EXPECT_FALSE(overloaded->settled);
}

TEST(MeasureNocTest, WhatIsOutOfRangeIsAnError) {
  NocLoad load = {.network = {.extents = {4, 4}}, .traffic = NocTraffic::Uniform(16)};
  EXPECT_THAT(MeasureNoc(load, {}), FailsWith("network on chip: found load 0 in packets of 1 "
                                              "flits; accepted: above 0, at most one packet a "
                                              "cycle"));
  load.load = 0.1;
  load.network.virtual_channels = 13;
  EXPECT_THAT(MeasureNoc(load, {}),
              FailsWith("network on chip: virtual_channels: found 13; accepted: 1 to 12"));
  load.network.virtual_channels = 8;
  load.network.input_speedup = 3;
  EXPECT_THAT(MeasureNoc(load, {}), FailsWith("network on chip: input_speedup: found 3; accepted: "
                                              "a divisor of the 8 virtual channels"));
  load.network = {.extents = {2, 4}, .wraps = true};
  EXPECT_THAT(MeasureNoc(load, {}),
              FailsWith("network on chip: extent: found 2; accepted: 3 to 256"));
}

}  // namespace
}  // namespace tessera
