#include "topology/build.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "topology/expand.h"
#include "topology/routing.h"
#include "topology/scale_out.h"
#include "topology/scale_up.h"
#include "topology/spread.h"
#include "topology/topology_builder.h"

namespace tessera {
namespace {

// Routes of a machine made of equal nodes on one network.
class MachineRoutes : public RoutePolicy {
 public:
  MachineRoutes(ScaleUpPlan scale_up, std::optional<ScaleOutPlan> scale_out, SpreadRule spread)
      : scale_up_(std::move(scale_up)), scale_out_(std::move(scale_out)), spread_(spread) {}

  int ways() const override {
    const bool chooses = scale_out_.has_value() && scale_out_->spines > 1;
    return chooses ? spread_.PartsOf(scale_out_->spines) : 1;
  }
  int SharesOf(const Link& link) const override {
    return link.tier == Tier::kScaleOut ? ways() : 1;
  }

  void Append(const Topology& topology, RouteEnds ends, std::vector<LinkId>& route) const override {
    AppendOne(topology, ends, 0, route);
  }

  void AppendOne(const Topology& topology, RouteEnds ends, int part,
                 std::vector<LinkId>& route) const override {
    const Vertex& source = topology.vertices()[static_cast<size_t>(ends.source)];
    const Vertex& target = topology.vertices()[static_cast<size_t>(ends.target)];
    const bool chips = source.kind == VertexKind::kChip && target.kind == VertexKind::kChip;
    if (source.node >= 0 && source.node == target.node) {
      AppendInNode(topology, ends, chips, route);
    } else if (chips) {
      AppendBetweenNodes(topology, ends, part, route);
    } else {
      AppendShortest(topology, ends, /*within_node=*/false, route);
    }
  }

  RingStep RingStepOf(const Topology& topology, const Link& link) const override {
    const bool between_chips = std::max(link.source, link.target) < topology.chips();
    if (!between_chips || scale_up_.extents.empty()) return {};
    return RingStepOn(GridOf(topology, link.source), {link.source, link.target});
  }

 private:
  GridShape GridOf(const Topology& topology, ChipId member) const {
    const int per_node = topology.chips_per_node();
    return {.first = member / per_node * per_node,
            .extents = scale_up_.extents,
            .wraps = scale_up_.wraps};
  }

  void AppendInNode(const Topology& topology, RouteEnds ends, bool chips,
                    std::vector<LinkId>& route) const {
    if (chips && scale_up_.has_switch) {
      const VertexId hub =
          topology.chips() + topology.vertices()[static_cast<size_t>(ends.source)].node;
      AppendWay(topology, {ends.source, hub, ends.target}, route);
    } else if (!chips || scale_up_.extents.empty()) {
      AppendShortest(topology, ends, /*within_node=*/true, route);
    } else {
      AppendDimensionOrder(topology, GridOf(topology, ends.source), ends, route);
    }
  }

  void AppendBetweenNodes(const Topology& topology, RouteEnds ends, int part,
                          std::vector<LinkId>& route) const {
    const ScaleOutPlan& plan = *scale_out_;
    const int to = plan.NicOfChip(ends.target);
    const int rail = to % plan.nics_per_node;
    int from = plan.NicOfChip(ends.source);
    if (plan.forwards_cross_rail && from % plan.nics_per_node != rail) {
      const ChipId forwarder = plan.FirstChipOfNic(from / plan.nics_per_node, rail);
      AppendInNode(topology, {ends.source, forwarder}, /*chips=*/true, route);
      ends.source = forwarder;
      from = plan.NicOfChip(forwarder);
    }
    const VertexId leaf = plan.leaf_of_nic[static_cast<size_t>(from)];
    const VertexId last_leaf = plan.leaf_of_nic[static_cast<size_t>(to)];
    std::vector<VertexId> way = {ends.source, plan.first_nic + from, leaf};
    if (leaf != last_leaf) {
      const int port = plan.port_of_nic[static_cast<size_t>(to)];
      way.push_back(plan.first_spine + Choose(spread_, ends, {0, port, plan.spines, part}));
      way.push_back(last_leaf);
    }
    way.push_back(plan.first_nic + to);
    way.push_back(ends.target);
    AppendWay(topology, way, route);
  }

  ScaleUpPlan scale_up_;
  std::optional<ScaleOutPlan> scale_out_;
  SpreadRule spread_;
};

// Adds the switch of a node, if it has one, and the node's cables.
void AddNodeLinks(const SystemSpec& system, const ScaleUpPlan& plan, int node,
                  TopologyBuilder& builder) {
  VertexId switch_vertex = -1;
  if (plan.has_switch) {
    switch_vertex = builder.AddVertex(
        {.kind = VertexKind::kSwitch, .node = node, .name = absl::StrCat("node", node, "/switch")});
  }
  const auto vertex = [&](int local) {
    return local == system.chips_per_node ? switch_vertex : node * system.chips_per_node + local;
  };
  for (const ScaleUpCable& cable : plan.cables) {
    Link link{.source = vertex(cable.a),
              .target = vertex(cable.b),
              .bandwidth = cable.bandwidth,
              .latency = cable.latency_to_b,
              .tier = Tier::kScaleUp};
    builder.AddLink(link);
    std::swap(link.source, link.target);
    link.latency = cable.latency_to_a;
    builder.AddLink(link);
  }
}

absl::Status CheckCounts(const SystemSpec& system, int nodes, int chips) {
  const int64_t all = int64_t{nodes} * system.chips_per_node;
  if (nodes < 1 || system.chips_per_node < 1 || chips < 1 || chips > all) {
    return absl::InvalidArgumentError(
        absl::StrCat("system \"", system.name, "\": ", chips, " chips asked for, ", nodes,
                     " nodes of ", system.chips_per_node, " have ", all, "; give 1 to ", all));
  }
  if (all > (1 << 24)) {
    return absl::InvalidArgumentError(absl::StrCat("system \"", system.name, "\": ", all,
                                                   " chips; at most ", 1 << 24, " are possible"));
  }
  return absl::OkStatus();
}

// Chips without an inside.
absl::StatusOr<std::unique_ptr<Topology>> BuildChips(const SystemSpec& system, int nodes, int chips,
                                                     const MachineRouting& routing) {
  TESSERA_RETURN_IF_ERROR(CheckCounts(system, nodes, chips));
  TESSERA_ASSIGN_OR_RETURN(ScaleUpPlan scale_up, PlanScaleUp(system));
  TopologyBuilder builder;
  for (ChipId chip = 0; chip < nodes * system.chips_per_node; ++chip) {
    const int node = chip / system.chips_per_node;
    builder.AddVertex({.kind = VertexKind::kChip,
                       .node = node,
                       .name = absl::StrCat("node", node, "/chip", chip % system.chips_per_node)});
  }
  TopologyBuilder::Options options{.chips_per_node = system.chips_per_node};
  // AppendInNode() counts on the switches of the nodes following the chips.
  const VertexId first_switch = nodes * system.chips_per_node;
  for (int node = 0; node < nodes; ++node) {
    AddNodeLinks(system, scale_up, node, builder);
    if (scale_up.has_switch && system.in_network_reduction) {
      options.reducing_switches.push_back(first_switch + node);
    }
  }
  std::optional<ScaleOutPlan> scale_out;
  if (nodes > 1) {
    TESSERA_ASSIGN_OR_RETURN(scale_out, AddScaleOut(system, nodes, builder));
    scale_out->forwards_cross_rail = routing.cross_rail_forwarding;
  }
  options.routes =
      std::make_unique<MachineRoutes>(std::move(scale_up), std::move(scale_out), routing.spread);
  return std::move(builder).Build(std::move(options));
}

UnitParams ParamsOf(const UnitSpec& unit, const char* name, Tier tier) {
  return {.name = name,
          .extents = unit.extents,
          .wraps = unit.wraps,
          .link = {unit.bandwidth, unit.latency, tier},
          .homes = unit.homes,
          .ports = unit.ports};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Topology>> BuildTopology(const SystemSpec& system, int nodes,
                                                        int chips, const MachineRouting& routing) {
  TESSERA_ASSIGN_OR_RETURN(auto topology, BuildChips(system, nodes, chips, routing));
  const InsideSpec& inside = system.inside;
  const int64_t vertices = int64_t{topology->chips()} * inside.homes();
  if (vertices > (1 << 24)) {
    return absl::InvalidArgumentError(absl::StrCat("system \"", system.name, "\": ", vertices,
                                                   " dies or tiles; at most ", 1 << 24,
                                                   " are possible"));
  }
  if (inside.dies.has_value()) {
    topology = Expand(std::move(topology), ParamsOf(*inside.dies, "die", Tier::kDieToDie));
  }
  if (inside.tiles.has_value()) {
    topology = Expand(std::move(topology), ParamsOf(*inside.tiles, "tile", Tier::kNoc));
  }
  return topology;
}

}  // namespace tessera
