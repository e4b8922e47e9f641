#include "absl/strings/str_cat.h"
#include "configs/scenario.pb.h"
#include "configs/spec_from_schema.h"

namespace tessera {
namespace {

absl::Status Refuse(const PositionTable& positions, const std::string& key,
                    absl::string_view what) {
  const std::string path = absl::StrCat("fabric.", key);
  return ErrorAt(positions.Of(path), absl::StrCat(path, ": ", what));
}

absl::Status CheckFidelities(const FabricSpec& spec, int nodes, const PositionTable& positions) {
  if (spec.scale_out == Fidelity::kPacket && nodes == 1) {
    return Refuse(positions, "scale_out",
                  "packet on one node, which has no network between nodes; accepted: fluid, "
                  "analytic, or two nodes and more");
  }
  if (spec.scale_out == Fidelity::kPacket && spec.cross_rail_forwarding) {
    return Refuse(positions, "cross_rail_forwarding",
                  "chips do not forward packets; accepted: false, or scale_out: fluid, analytic");
  }
  return absl::OkStatus();
}

absl::Status CheckUsed(const schema::FabricChoice& fabric, const FabricSpec& spec,
                       const PositionTable& positions) {
  const bool hashes = spec.routing == FabricRouting::kEcmp;
  if (fabric.has_queue_pairs() && !hashes) {
    return Refuse(positions, "queue_pairs", "nothing is hashed; accepted: with routing: ecmp");
  }
  if (fabric.has_hash_seed() && !hashes) {
    return Refuse(positions, "hash_seed", "nothing is hashed; accepted: with routing: ecmp");
  }
  if (fabric.has_transport() && spec.scale_out != Fidelity::kPacket) {
    return Refuse(positions, "transport",
                  "only packets have one; accepted: with scale_out: packet");
  }
  if (fabric.has_credit_buffer() && spec.scale_up != Fidelity::kPacket) {
    return Refuse(positions, "credit_buffer",
                  "only packets inside nodes have one; accepted: with scale_up: packet");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FabricSpec> FabricFromSchema(const schema::FabricChoice& fabric, int nodes,
                                            const PositionTable& positions) {
  constexpr Fidelity kFidelities[] = {Fidelity::kFluid, Fidelity::kAnalytic, Fidelity::kPacket};
  constexpr FabricRouting kRoutings[] = {FabricRouting::kDestinationModulo, FabricRouting::kEcmp,
                                         FabricRouting::kSpray};
  constexpr FabricTransport kTransports[] = {FabricTransport::kReceiverDriven,
                                             FabricTransport::kLossless, FabricTransport::kDcqcn};
  const FabricSpec spec{.scale_up = kFidelities[fabric.scale_up()],
                        .scale_out = kFidelities[fabric.scale_out()],
                        .routing = kRoutings[fabric.routing()],
                        .queue_pairs = fabric.queue_pairs(),
                        .hash_seed = fabric.hash_seed(),
                        .cross_rail_forwarding = fabric.cross_rail_forwarding(),
                        .transport = kTransports[fabric.transport()],
                        .credit_buffer = Bytes(fabric.credit_buffer())};
  absl::Status status = CheckFidelities(spec, nodes, positions);
  status.Update(CheckUsed(fabric, spec, positions));
  if (!status.ok()) return status;
  return spec;
}

}  // namespace tessera
