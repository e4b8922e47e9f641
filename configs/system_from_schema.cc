#include "absl/strings/str_cat.h"
#include "configs/provenance_from_schema.h"
#include "configs/spec_from_schema.h"
#include "configs/system.pb.h"
#include "core/status_macros.h"

namespace tessera {

ScaleUpTopology TopologyFromSchema(int topology) {
  constexpr ScaleUpTopology kTopologies[] = {
      ScaleUpTopology::kSingle,         ScaleUpTopology::kSwitch,  ScaleUpTopology::kFullMesh,
      ScaleUpTopology::kPair,           ScaleUpTopology::kRing,    ScaleUpTopology::kLine,
      ScaleUpTopology::kMesh2d,         ScaleUpTopology::kTorus2d, ScaleUpTopology::kTorus3d,
      ScaleUpTopology::kHybridCubeMesh, ScaleUpTopology::kPcie,    ScaleUpTopology::kDragonfly,
      ScaleUpTopology::kWafer};
  return kTopologies[topology];
}

namespace {

struct Place {
  const std::string& path;
  const PositionTable& positions;

  absl::Status Error(absl::string_view key, absl::string_view message) const {
    const std::string full = path.empty() ? std::string(key) : absl::StrCat(path, ".", key);
    return ErrorAt(positions.Of(full), absl::StrCat(full, ": ", message));
  }
};

// Dimensions of topologies that have an extent; 0 for the others.
size_t DimensionsOf(ScaleUpTopology topology) {
  switch (topology) {
    case ScaleUpTopology::kPair:
    case ScaleUpTopology::kRing:
    case ScaleUpTopology::kLine:
      return 1;
    case ScaleUpTopology::kMesh2d:
    case ScaleUpTopology::kTorus2d:
      return 2;
    case ScaleUpTopology::kTorus3d:
      return 3;
    default:
      return 0;
  }
}

absl::Status CheckShape(const SystemSpec& spec, const Place& place) {
  const size_t dimensions = DimensionsOf(spec.scale_up);
  if (spec.shape.empty()) return absl::OkStatus();  // Unknown; an error where it is needed.
  if (spec.shape.size() != dimensions) {
    return place.Error(
        "scale_up.shape",
        absl::StrCat("found ", spec.shape.size(), " numbers; accepted: ",
                     dimensions == 0 ? "none" : absl::StrCat(dimensions), " for this topology"));
  }
  int64_t product = 1;
  for (const int extent : spec.shape) product *= extent;
  if (product == spec.chips_per_node) return absl::OkStatus();
  return place.Error("scale_up.shape",
                     absl::StrCat("the extents multiply to ", product,
                                  "; accepted: chips_per_node, ", spec.chips_per_node));
}

absl::Status SetScaleUp(const schema::System& system, const Place& place, SystemSpec& spec) {
  const schema::ScaleUpNetwork& scale_up = system.scale_up();
  if (!system.has_scale_up()) {
    if (spec.chips_per_node == 1) return absl::OkStatus();
    return place.Error("chips_per_node", absl::StrCat(spec.chips_per_node,
                                                      " without scale_up; accepted: how the chips "
                                                      "of a node are joined, or 1"));
  }
  spec.scale_up = TopologyFromSchema(scale_up.topology());
  spec.shape.assign(scale_up.shape().begin(), scale_up.shape().end());
  const bool alone =
      spec.scale_up == ScaleUpTopology::kSingle || spec.scale_up == ScaleUpTopology::kWafer;
  if (alone && spec.chips_per_node != 1) {
    return place.Error("scale_up.topology",
                       absl::StrCat("joins no chips, but chips_per_node is ", spec.chips_per_node));
  }
  if (scale_up.has_link()) spec.scale_up_link = LinkFromSchema(scale_up.link());
  if (scale_up.has_bandwidth()) {
    spec.scale_up_bandwidth = Bandwidth::BytesPerSecond(scale_up.bandwidth());
  }
  spec.in_network_reduction = scale_up.in_network_reduction();
  return CheckShape(spec, place);
}

absl::Status SetScaleOut(const schema::ScaleOutNetwork& scale_out, const Place& place,
                         SystemSpec& spec) {
  ScaleOutSpec& out = spec.scale_out.emplace();
  out.link = LinkFromSchema(scale_out.link());
  if (scale_out.has_nic_bandwidth()) {
    out.nic_bandwidth = Bandwidth::BytesPerSecond(scale_out.nic_bandwidth());
  } else if (out.link.bandwidth_per_direction.has_value()) {
    out.nic_bandwidth = *out.link.bandwidth_per_direction;
  } else {
    return place.Error("scale_out",
                       absl::StrCat("no nic_bandwidth, and the link \"", out.link.name,
                                    "\" has none; accepted: a rate such as \"400 Gb/s\""));
  }
  out.nics_per_node = scale_out.nics_per_node();
  out.nodes_per_leaf = scale_out.nodes_per_leaf();
  out.rail_optimised = scale_out.rail_optimised();
  out.oversubscription = scale_out.oversubscription();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SystemSpec> SystemFromSchema(const schema::System& system, const std::string& path,
                                            const PositionTable& positions) {
  const Place place{path, positions};
  SystemSpec spec;
  spec.name = system.name();
  spec.chip = ChipFromSchema(system.chip());
  spec.chips_per_node = system.chips_per_node();
  TESSERA_RETURN_IF_ERROR(SetScaleUp(system, place, spec));
  if (system.has_scale_out()) {
    TESSERA_RETURN_IF_ERROR(SetScaleOut(system.scale_out(), place, spec));
  }
  spec.ranks_per_chip = system.ranks_per_chip();
  TESSERA_ASSIGN_OR_RETURN(spec.inside, InsideFromSchema(system, path, positions));
  if (system.has_node_max_power()) spec.node_max_power = Power(system.node_max_power());
  if (system.has_node_price()) spec.node_price = Money(system.node_price());
  spec.provenance = ProvenanceOf(system);
  return spec;
}

}  // namespace tessera
