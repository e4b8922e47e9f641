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
  options.analytic[static_cast<size_t>(Tier::kScaleUp)] = fabric.scale_up == Fidelity::kAnalytic;
  options.analytic[static_cast<size_t>(Tier::kScaleOut)] = fabric.scale_out == Fidelity::kAnalytic;
  return options;
}

PacketParams PacketParamsOf(const ScenarioSpec& scenario) {
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

// Forwarding tables hold a range for each pair of a chip and a vertex.
absl::Status CheckPacketMachine(const Topology& topology) {
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
  return scenario.fabric.scale_out != Fidelity::kPacket && topology.ways() == 1 &&
         !LinksFail(scenario.faults);
}

absl::StatusOr<FabricMaker> FabricMakerOf(const ScenarioSpec& scenario, const Topology& topology) {
  const FabricSpec& fabric = scenario.fabric;
  if (fabric.scale_out != Fidelity::kPacket) {
    TESSERA_ASSIGN_OR_RETURN(const std::vector<LinkFault> faults,
                             LinkFaultsOf(scenario.faults, topology));
    return FabricMaker([fabric, faults, &topology](Engine& engine, Duration notice) {
      return MakeFluidFabric(engine, topology, FluidOptionsOf(fabric, notice, faults));
    });
  }
  const absl::Status possible = CheckPacketMachine(topology);
  if (!possible.ok()) return possible;
  return FabricMaker(
      [fabric, params = PacketParamsOf(scenario), &topology](Engine& engine, Duration notice) {
        auto made = MakePacketFabric(engine, topology, params, FluidOptionsOf(fabric, notice));
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
