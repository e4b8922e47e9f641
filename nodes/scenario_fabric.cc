#include "nodes/scenario_fabric.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/check.h"
#include "core/status_macros.h"
#include "fabric/fabric.h"
#include "fabric/packet/packet_params.h"
#include "fabric/packet_fabric.h"
#include "nodes/scenario_faults.h"

namespace tessera {
namespace {

FluidOptions FluidOptionsOf(const FabricSpec& fabric, Duration notice,
                            std::vector<LinkFault> faults = {}) {
  FluidOptions options{.notice = notice, .faults = std::move(faults)};
  for (const Tier inside_node : {Tier::kNoc, Tier::kDieToDie, Tier::kScaleUp}) {
    options.analytic[static_cast<size_t>(inside_node)] = fabric.scale_up == Fidelity::kAnalytic;
  }
  options.analytic[static_cast<size_t>(Tier::kScaleOut)] = fabric.scale_out == Fidelity::kAnalytic;
  return options;
}

PacketParams ScaleUpPackets(const ScenarioSpec& scenario) {
  PacketParams params = CreditLinks();
  params.credit.buffer = scenario.fabric.credit_buffer;
  params.seed = scenario.seed;
  return params;
}

PacketParams ScaleOutPackets(const ScenarioSpec& scenario) {
  const FabricSpec& fabric = scenario.fabric;
  PacketParams params;
  if (fabric.transport != FabricTransport::kReceiverDriven) {
    params.transport = PacketTransport::kLossless;
  }
  params.dcqcn.enabled = fabric.transport == FabricTransport::kDcqcn;
  params.paths = fabric.routing == FabricRouting::kSpray ? PathChoice::kSpray : PathChoice::kHash;
  params.seed = scenario.seed;
  return params;
}

PacketTiers PacketTiersOf(const ScenarioSpec& scenario) {
  PacketTiers tiers;
  if (scenario.fabric.scale_up == Fidelity::kPacket) tiers.scale_up = ScaleUpPackets(scenario);
  if (scenario.fabric.scale_out == Fidelity::kPacket) tiers.scale_out = ScaleOutPackets(scenario);
  return tiers;
}

// Forwarding tables hold a range for each pair of a chip and a vertex, and pass no chip.
absl::Status CheckPacketMachine(const ScenarioSpec& scenario, const Topology& topology) {
  if (scenario.system.inside.any()) {
    return absl::InvalidArgumentError(
        "system.inside: with fabric.scale_out: packet, whose chips do not forward from die to die; "
        "accepted: scale_out: fluid, analytic");
  }
  constexpr int64_t kMostPairs = int64_t{1} << 28;
  const auto vertices = static_cast<int64_t>(topology.vertices().size());
  if (topology.chips() * vertices <= kMostPairs) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "fabric.scale_out: packet on ", topology.chips(), " chips among ", vertices,
      " vertices; accepted: a product of at most ", kMostPairs, ", or fluid, analytic"));
}

}  // namespace

MachineRouting RoutingOf(const FabricSpec& fabric) {
  MachineRouting routing;
  routing.cross_rail_forwarding = fabric.cross_rail_forwarding;
  routing.spread.seed = fabric.hash_seed;
  switch (fabric.routing) {
    case FabricRouting::kDestinationModulo:
      break;
    case FabricRouting::kEcmp:
      routing.spread.kind = SpreadRule::Kind::kHash;
      routing.spread.queue_pairs = fabric.queue_pairs;
      break;
    case FabricRouting::kSpray:
      routing.spread.kind = SpreadRule::Kind::kSpray;
      break;
  }
  return routing;
}

bool HasLookahead(const ScenarioSpec& scenario, const Topology& topology) {
  return !scenario.fabric.has_packets() && topology.ways() == 1 && !LinksFail(scenario.faults);
}

absl::StatusOr<FabricMaker> FabricMakerOf(const ScenarioSpec& scenario, const Topology& topology) {
  const FabricSpec& fabric = scenario.fabric;
  if (!fabric.has_packets()) {
    TESSERA_ASSIGN_OR_RETURN(const std::vector<LinkFault> faults,
                             LinkFaultsOf(scenario.faults, topology));
    return FabricMaker([fabric, faults, &topology](Engine& engine, Duration notice) {
      return MakeFluidFabric(engine, topology, FluidOptionsOf(fabric, notice, faults));
    });
  }
  const PacketTiers tiers = PacketTiersOf(scenario);
  if (tiers.scale_up.has_value()) TESSERA_RETURN_IF_ERROR(CheckPackets(*tiers.scale_up));
  if (tiers.scale_out.has_value()) {
    TESSERA_RETURN_IF_ERROR(CheckPacketMachine(scenario, topology));
  }
  return FabricMaker([fabric, tiers, &topology](Engine& engine, Duration notice) {
    auto made = MakePacketFabric(engine, topology, tiers, FluidOptionsOf(fabric, notice));
    TESSERA_CHECK(made.ok());
    return *std::move(made);
  });
}

absl::Status CheckAnalyticLoad(const FabricSpec& fabric, const Topology& topology,
                               absl::Span<const Bytes> bytes, Duration makespan) {
  if (fabric.scale_up != Fidelity::kAnalytic && fabric.scale_out != Fidelity::kAnalytic) {
    return absl::OkStatus();
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    const Link& link = topology.links()[i];
    if (bytes[i] == Bytes()) continue;
    const Duration needed = TransferTime(bytes[i], link.bandwidth);
    if (needed <= makespan) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("fabric: analytic: ", topology.LinkName(static_cast<LinkId>(i)), " (",
                     TierName(link.tier), ") would carry ", bytes[i].count(), " bytes, ",
                     needed.count(), " ps of work, in a run of ", makespan.count(),
                     " ps: exchanges meet there, which this model leaves out; accepted: fluid"));
  }
  return absl::OkStatus();
}

}  // namespace tessera
