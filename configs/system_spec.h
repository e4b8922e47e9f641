// A machine: chips in scale-up domains (nodes), nodes on a scale-out network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/chip_spec.h"
#include "configs/inside_spec.h"

namespace tessera {

enum class ScaleUpTopology {
  kSingle,
  kSwitch,
  kFullMesh,
  kPair,
  kRing,
  kLine,
  kMesh2d,
  kTorus2d,
  kTorus3d,
  kHybridCubeMesh,
  kPcie,
  kDragonfly,
  kWafer,
};

// One link type of configs/links. Absent figures are unknown and an error only when needed.
struct LinkSpec {
  std::string name;
  std::optional<Bandwidth> bandwidth_per_direction;  // One link.
  std::optional<int> links_per_chip;
  std::optional<Bandwidth> chip_bandwidth_per_direction;  // All links of one chip.
  std::optional<double> payload_efficiency;               // Payload over raw rate.
  std::optional<Duration> latency;           // One link, one way, endpoint to endpoint.
  std::optional<Duration> switch_latency;    // Each switch passed.
  std::optional<Duration> endpoint_latency;  // NIC and host path, both ends together.
  std::optional<Energy> energy_per_bit;      // Of moving payload over it, both ends.
  Provenance provenance;
};

struct ScaleOutSpec {
  LinkSpec link;
  Bandwidth nic_bandwidth;  // Per NIC and direction.
  int nics_per_node = 0;
  int nodes_per_leaf = 0;       // 0: as many as a 64-port leaf takes on each rail.
  bool rail_optimised = true;   // NIC i of every node on leaf i of its group.
  double oversubscription = 1;  // Host bandwidth over uplink bandwidth of a leaf.
};

struct SystemSpec {
  std::string name;
  ChipSpec chip;
  int chips_per_node = 1;
  ScaleUpTopology scale_up = ScaleUpTopology::kSingle;
  std::vector<int> shape;  // Extent of rings, lines, meshes, tori.
  std::optional<LinkSpec> scale_up_link;
  std::optional<Bandwidth> scale_up_bandwidth;  // Per chip and direction; overrides link and chip.
  bool in_network_reduction = false;            // NVLS: the switch reduces and multicasts.
  std::optional<ScaleOutSpec> scale_out;
  int ranks_per_chip = 1;
  InsideSpec inside;
  std::optional<Power> node_max_power;
  std::optional<Money> node_price;
  Provenance provenance;

  // Ranks on one vertex of the topology (topology/build.h): a chip, or a die or tile of it.
  int ranks_per_vertex() const {
    return inside.any() ? ranks_per_chip / inside.homes() : ranks_per_chip;
  }
};

}  // namespace tessera
