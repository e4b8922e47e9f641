#include "topology/scale_out.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/integer.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

constexpr int kLeafPorts = 64;  // Of a current 51.2 Tb/s switch at 800 Gb/s, or 25.6 at 400 Gb/s.

struct NetworkParameters {
  int nics = 0;              // Vertices per node.
  Bandwidth nic_bandwidth;   // Of one vertex, payload.
  Bandwidth host_bandwidth;  // Chip to NIC.
  Duration endpoint;         // Host path and wire of one side.
  Duration through_switch;
  int nodes = 0;
  int nodes_per_leaf = 0;
  bool rail_optimised = true;
  double oversubscription = 1;
};

absl::Status Unknown(const SystemSpec& system, absl::string_view what, absl::string_view remedy) {
  return absl::InvalidArgumentError(
      absl::StrCat("system \"", system.name, "\": ", what, " is unknown; give ", remedy));
}

// Of a node: several NICs of one chip are one vertex.
int NicVertices(const SystemSpec& system) {
  return std::min(system.scale_out->nics_per_node, system.chips_per_node);
}

// Nodes whose NICs fit on the down ports of a leaf that splits its ports by the oversubscription.
int DefaultNodesPerLeaf(const ScaleOutSpec& spec, int nics) {
  const double down_ports = kLeafPorts * spec.oversubscription / (1 + spec.oversubscription);
  const int nics_of_node_on_leaf = spec.rail_optimised ? 1 : nics;
  return std::max(1, static_cast<int>(down_ports) / nics_of_node_on_leaf);
}

absl::StatusOr<NetworkParameters> Parameters(const SystemSpec& system, int nodes) {
  if (!system.scale_out.has_value()) {
    return Unknown(system, "the network between nodes", "scale_out, or one node");
  }
  const ScaleOutSpec& spec = *system.scale_out;
  const LinkSpec& link = spec.link;
  if (spec.nics_per_node < 1) return Unknown(system, "nics_per_node", "scale_out.nics_per_node");
  if (spec.nic_bandwidth == Bandwidth()) {
    return Unknown(system, "the bandwidth of a NIC", "scale_out.nic_bandwidth");
  }
  if (!link.latency.has_value() && !link.endpoint_latency.has_value()) {
    return Unknown(system, absl::StrCat("the latency of scale-out link \"", link.name, "\""),
                   "its latency or endpoint_latency");
  }
  NetworkParameters p;
  p.nics = NicVertices(system);
  p.nic_bandwidth =
      spec.nic_bandwidth.Scaled(link.payload_efficiency.value_or(1) * spec.nics_per_node / p.nics);
  p.host_bandwidth = std::max(p.nic_bandwidth, system.chip.host_bandwidth.value_or(Bandwidth()));
  p.endpoint =
      (link.latency.value_or(Duration::zero()) + link.endpoint_latency.value_or(Duration::zero())) /
      2;
  p.through_switch = link.switch_latency.value_or(Duration::zero());
  p.nodes = nodes;
  p.rail_optimised = spec.rail_optimised;
  p.oversubscription = spec.oversubscription;
  p.nodes_per_leaf = NodesPerLeaf(system);
  return p;
}

// Adds the NICs of all nodes and joins them with the chips that use them.
void AddNics(const NetworkParameters& p, ScaleOutPlan& plan, TopologyBuilder& builder) {
  for (int node = 0; node < p.nodes; ++node) {
    for (int nic = 0; nic < p.nics; ++nic) {
      const VertexId vertex = builder.AddVertex({.kind = VertexKind::kNic,
                                                 .node = node,
                                                 .name = absl::StrCat("node", node, "/nic", nic)});
      if (node == 0 && nic == 0) plan.first_nic = vertex;
    }
  }
  for (ChipId chip = 0; chip < p.nodes * plan.chips_per_node; ++chip) {
    builder.AddCable({.source = chip,
                      .target = plan.first_nic + plan.NicOfChip(chip),
                      .bandwidth = p.host_bandwidth,
                      .latency = Duration::zero(),
                      .tier = Tier::kScaleOut});
  }
}

// Adds the leaves, numbered one after another, and joins every NIC with its own. Returns how many.
int AddLeaves(const NetworkParameters& p, ScaleOutPlan& plan, TopologyBuilder& builder) {
  const int leaves = CeilDiv(p.nodes, p.nodes_per_leaf) * (p.rail_optimised ? p.nics : 1);
  const VertexId first = builder.AddSwitches(leaves, "leaf");
  for (int i = 0; i < p.nodes * p.nics; ++i) {
    const int node = i / p.nics;
    const int rail = i % p.nics;
    const int group = node / p.nodes_per_leaf;
    const int place = node % p.nodes_per_leaf;
    const VertexId leaf = first + (p.rail_optimised ? group * p.nics + rail : group);
    plan.leaf_of_nic.push_back(leaf);
    plan.port_of_nic.push_back(p.rail_optimised ? place : place * p.nics + rail);
    Link up{.source = plan.first_nic + i,
            .target = leaf,
            .bandwidth = p.nic_bandwidth,
            .latency = p.endpoint + p.through_switch,
            .tier = Tier::kScaleOut};
    builder.AddLink(up);
    std::swap(up.source, up.target);
    up.latency = p.endpoint;
    builder.AddLink(up);
  }
  return leaves;
}

void AddSpines(const NetworkParameters& p, int leaves, ScaleOutPlan& plan,
               TopologyBuilder& builder) {
  if (leaves < 2) return;
  const int ports = *std::max_element(plan.port_of_nic.begin(), plan.port_of_nic.end()) + 1;
  const double uplinks = ports / p.oversubscription;
  const int count = std::max(1, static_cast<int>(std::ceil(uplinks)));
  const LinkKind uplink = {p.nic_bandwidth.Scaled(uplinks / count), p.through_switch,
                           Tier::kScaleOut};
  const VertexId first_leaf = plan.leaf_of_nic.front();
  plan.first_spine = builder.AddSwitches(count, "spine");
  plan.spines = count;
  for (int spine = 0; spine < count; ++spine) {
    for (int leaf = 0; leaf < leaves; ++leaf) {
      builder.AddCable(first_leaf + leaf, plan.first_spine + spine, uplink);
    }
  }
}

}  // namespace

int NodesPerLeaf(const SystemSpec& system) {
  if (!system.scale_out.has_value()) return 0;
  const ScaleOutSpec& spec = *system.scale_out;
  return spec.nodes_per_leaf > 0 ? spec.nodes_per_leaf
                                 : DefaultNodesPerLeaf(spec, NicVertices(system));
}

absl::StatusOr<ScaleOutPlan> AddScaleOut(const SystemSpec& system, int nodes,
                                         TopologyBuilder& builder) {
  TESSERA_ASSIGN_OR_RETURN(const NetworkParameters parameters, Parameters(system, nodes));
  ScaleOutPlan plan;
  plan.chips_per_node = system.chips_per_node;
  plan.nics_per_node = parameters.nics;
  AddNics(parameters, plan, builder);
  AddSpines(parameters, AddLeaves(parameters, plan, builder), plan, builder);
  return plan;
}

}  // namespace tessera
