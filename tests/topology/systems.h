// Small systems for tests: described here so that no test depends on the data files.
#pragma once

#include <utility>
#include <vector>

#include "configs/system_spec.h"

namespace tessera {

// Eight chips on a switch, 450 GB/s each, 82 % payload; 500 ns plus 100 ns for the switch. Eight
// 400 Gb/s NICs; 1.5 us plus 150 ns a switch.
inline SystemSpec SwitchedSystem() {
  SystemSpec system;
  system.name = "switched";
  system.chips_per_node = 8;
  system.scale_up = ScaleUpTopology::kSwitch;
  LinkSpec link;
  link.name = "nvlink";
  link.chip_bandwidth_per_direction = Bandwidth::GigabytesPerSecond(450);
  link.links_per_chip = 18;
  link.payload_efficiency = 0.82;
  link.latency = Duration(500'000);
  link.switch_latency = Duration(100'000);
  system.scale_up_link = link;
  ScaleOutSpec network;
  network.link.name = "infiniband";
  network.link.endpoint_latency = Duration(1'500'000);
  network.link.switch_latency = Duration(150'000);
  network.nic_bandwidth = Bandwidth::GigabitsPerSecond(400);
  network.nics_per_node = 8;
  network.nodes_per_leaf = 4;
  system.scale_out = network;
  return system;
}

// One node of directly joined chips, four links of 25 GB/s a chip, 1 us a hop.
inline SystemSpec DirectSystem(ScaleUpTopology topology, std::vector<int> shape, int chips) {
  SystemSpec system;
  system.name = "direct";
  system.chips_per_node = chips;
  system.scale_up = topology;
  system.shape = std::move(shape);
  LinkSpec link;
  link.name = "direct_link";
  link.bandwidth_per_direction = Bandwidth::GigabytesPerSecond(25);
  link.links_per_chip = 4;
  link.latency = Duration(1'000'000);
  system.scale_up_link = link;
  return system;
}

}  // namespace tessera
