// Messages on a packet network, each laid in equal stripes on the ways that the topology's routes
// give its two chips, if the network lets the topology choose.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "fabric/packet/packet_network.h"

namespace tessera {

class StripedMessages {
 public:
  // `topology` outlives this. Errors: as of MakePacketNetwork.
  static absl::StatusOr<StripedMessages> Make(Engine& engine, const Topology& topology,
                                              const PacketParams& params);

  // Starts a message of at least one byte; the number of stripes, of each of which
  // `message.arrived` is told. Errors: as of PacketNetwork::Add.
  absl::StatusOr<int> Add(const PacketFlow& message);

  const PacketNetwork& network() const { return *network_; }

 private:
  StripedMessages(const Topology& topology, std::unique_ptr<PacketNetwork> network, bool by_route);
  int32_t PathOf(VertexId source, VertexId target, int stripe);

  const Topology* topology_;
  std::unique_ptr<PacketNetwork> network_;
  bool by_route_;
  absl::flat_hash_map<std::pair<VertexId, VertexId>, std::vector<int32_t>> paths_;
};

}  // namespace tessera
