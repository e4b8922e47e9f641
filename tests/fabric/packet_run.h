// Runs a network of packets on one engine.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/engine.h"
#include "fabric/packet/packet_network.h"
#include "tests/status_matchers.h"

namespace tessera {

inline PacketFlow FlowOf(VertexId source, VertexId target, int64_t bytes) {
  PacketFlow flow;
  flow.source = source;
  flow.target = target;
  flow.bytes = Bytes(bytes);
  return flow;
}

struct PacketOutcome {
  std::vector<PacketFlowResult> flows;
  std::vector<PacketLinkUse> links;
  std::string unfinished;
  int64_t events = 0;

  std::vector<Time> arrivals() const {
    std::vector<Time> arrivals;
    for (const PacketFlowResult& flow : flows) arrivals.push_back(flow.arrival);
    return arrivals;
  }
  Time last() const {
    Time last;
    for (const PacketFlowResult& flow : flows) last = std::max(last, flow.arrival);
    return last;
  }
};

inline PacketOutcome Simulate(const Topology& topology, const PacketParams& params,
                              const std::vector<PacketFlow>& flows) {
  Engine engine;
  const auto network = MakePacketNetwork(engine, topology, params);
  EXPECT_THAT(network, IsOk());
  for (const PacketFlow& flow : flows) EXPECT_THAT((*network)->Add(flow), IsOk());
  engine.Run();
  PacketOutcome outcome;
  outcome.links = (*network)->link_use();
  outcome.unfinished = (*network)->DescribeUnfinished();
  outcome.events = engine.events_delivered();
  for (uint32_t f = 0; f < flows.size(); ++f) outcome.flows.push_back((*network)->ResultOf(f));
  return outcome;
}

}  // namespace tessera
