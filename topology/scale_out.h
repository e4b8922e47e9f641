// The network between nodes: NICs, leaf switches and spine switches.
//
// A leaf takes NIC i of every node of its group (rail-optimised) or all NICs of its nodes. Every
// leaf has one uplink to every spine; uplink bandwidth in all is that of the leaf's NICs over the
// oversubscription. Simplification: two levels whatever the size, spines with as many ports as
// there are leaves; a third level adds latency but, without oversubscription of its own, takes no
// bandwidth away. One group alone, or one leaf, needs spines only for traffic between rails.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "configs/system_spec.h"
#include "topology/topology_builder.h"

namespace tessera {

// Where the parts of the scale-out network lie in the graph; routes are made from it.
struct ScaleOutPlan {
  int chips_per_node = 1;
  int nics_per_node = 0;  // NIC vertices; several NICs of one chip are one vertex.
  VertexId first_nic = 0;
  std::vector<VertexId> leaf_of_nic;  // Of each NIC in the system, node by node.
  std::vector<int32_t> port_of_nic;   // Its place among the NICs of its leaf.
  VertexId first_spine = 0;
  int spines = 0;
  bool forwards_cross_rail = false;

  // Chips of a node share its NICs in equal runs.
  int NicOfChip(ChipId chip) const {
    return chip / chips_per_node * nics_per_node +
           chip % chips_per_node * nics_per_node / chips_per_node;
  }
  // The first chip that a NIC of a node serves.
  ChipId FirstChipOfNic(int node, int nic) const {
    return node * chips_per_node + (nic * chips_per_node + nics_per_node - 1) / nics_per_node;
  }
};

// Nodes under one group of leaves; 0 without scale_out.
int NodesPerLeaf(const SystemSpec& system);

// Adds NICs, leaves, spines and their links for `nodes` >= 2 nodes whose chips are there already.
// One-way latency without load, chip to chip, is `endpoint_latency` + `latency` + `switch_latency`
// for each switch passed; half of the first two lies on either side. One of the first two must be
// known. A NIC is reached over the chip's host link, never slower than the NIC itself.
// Errors: no scale_out; a rate or latency that is needed and unknown.
absl::StatusOr<ScaleOutPlan> AddScaleOut(const SystemSpec& system, int nodes,
                                         TopologyBuilder& builder);

}  // namespace tessera
