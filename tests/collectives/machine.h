// Small machines for laws: chips on a switch, in a grid, or in nodes on a network, with one
// bandwidth and one latency each, and the time of an algorithm on them through the fabric.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectives/algorithm.h"
#include "configs/system_spec.h"
#include "core/units.h"
#include "fabric/fabric.h"
#include "tests/status_matchers.h"
#include "topology/build.h"

namespace tessera {

struct MachineShape {
  ScaleUpTopology scale_up = ScaleUpTopology::kSwitch;
  int chips_per_node = 8;
  std::vector<int> shape = {};
  int64_t link_gbytes_per_second = 100;  // Of one link; on a switch: of the port.
  Duration alpha = Duration(0);          // Of one message between neighbours.
  int nodes = 1;
  int64_t nic_gbytes_per_second = 50;  // A NIC a chip.
  Duration network_alpha = Duration(0);
  bool reduces = false;  // The switch does.
};

inline std::unique_ptr<Topology> MakeMachine(const MachineShape& shape) {
  SystemSpec system;
  system.name = "test";
  system.chips_per_node = shape.chips_per_node;
  system.scale_up = shape.scale_up;
  system.shape = shape.shape;
  system.in_network_reduction = shape.reduces;
  LinkSpec& link = system.scale_up_link.emplace();
  link.bandwidth_per_direction = Bandwidth::GigabytesPerSecond(shape.link_gbytes_per_second);
  link.latency = shape.alpha;
  link.switch_latency = Duration(0);
  const int dimensions = std::max<int>(1, static_cast<int>(shape.shape.size()));
  const bool grid = shape.scale_up != ScaleUpTopology::kSwitch;
  link.links_per_chip = grid ? 2 * dimensions : 1;
  if (shape.nodes > 1) {
    ScaleOutSpec& out = system.scale_out.emplace();
    out.link.latency = shape.network_alpha;
    out.nic_bandwidth = Bandwidth::GigabytesPerSecond(shape.nic_gbytes_per_second);
    out.nics_per_node = shape.chips_per_node;
  }
  auto topology = BuildTopology(system, shape.nodes, shape.nodes * shape.chips_per_node);
  EXPECT_THAT(topology, IsOk());
  return *std::move(topology);
}

// Of the first `input.ranks` chips, alone and without software costs.
inline Duration TimeOn(const Topology& topology, const std::string& algorithm,
                       const AlgorithmInput& input) {
  const auto schedule = BuildSchedule(algorithm, input);
  EXPECT_THAT(schedule, IsOk());
  std::vector<VertexId> endpoints;
  for (int r = 0; r < input.ranks; ++r) endpoints.push_back(r);
  for (int s = 0; s < schedule->switches; ++s) endpoints.push_back(topology.reducing_switch(s));
  Fabric::Request request;
  request.schedule = &*schedule;
  request.endpoints = endpoints;
  return IsolatedTime(topology, request);
}

}  // namespace tessera
