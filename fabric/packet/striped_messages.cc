#include "fabric/packet/striped_messages.h"

#include <algorithm>

#include "core/status_macros.h"

namespace tessera {

StripedMessages::StripedMessages(const Topology& topology, std::unique_ptr<PacketNetwork> network,
                                 bool by_route)
    : topology_(&topology), network_(std::move(network)), by_route_(by_route) {}

absl::StatusOr<StripedMessages> StripedMessages::Make(Engine& engine, const Topology& topology,
                                                      const PacketParams& params) {
  TESSERA_ASSIGN_OR_RETURN(auto network, MakePacketNetwork(engine, topology, params));
  const bool by_route =
      params.transport != PacketTransport::kCredit && params.paths == PathChoice::kHash;
  return StripedMessages(topology, std::move(network), by_route);
}

absl::StatusOr<int> StripedMessages::Add(const PacketFlow& message) {
  const int stripes = by_route_ ? topology_->ways() : 1;
  const int64_t bytes = message.bytes.count();
  int started = 0;
  for (int stripe = 0; stripe < stripes; ++stripe) {
    PacketFlow flow = message;
    flow.bytes = Bytes(bytes * (stripe + 1) / stripes - bytes * stripe / stripes);
    if (flow.bytes == Bytes()) continue;
    flow.path = PathOf(flow.source, flow.target, stripe);
    TESSERA_RETURN_IF_ERROR(network_->Add(flow).status());
    ++started;
  }
  return started;
}

// As the topology routes this stripe; -1: as the packet network likes.
int32_t StripedMessages::PathOf(VertexId source, VertexId target, int stripe) {
  if (!by_route_) return -1;
  std::vector<int32_t>& paths = paths_[{source, target}];
  if (paths.empty()) {
    for (int way = 0; way < topology_->ways(); ++way) {
      paths.push_back(network_->PathOf(topology_->Way(source, target, way)));
    }
  }
  return paths[static_cast<size_t>(stripe)];
}

}  // namespace tessera
