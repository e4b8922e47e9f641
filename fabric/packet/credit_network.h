// A packet network whose links have credits and virtual channels: scale-up and die-to-die networks
// of switches, and of chips that forward.
#pragma once

#include <memory>

#include "fabric/packet/packet_network.h"

namespace tessera {

// As MakePacketNetwork (fabric/packet/packet_network.h), whose checks have been made.
std::unique_ptr<PacketNetwork> MakeCreditNetwork(Engine& engine, const Topology& topology,
                                                 const PacketParams& params,
                                                 const PacketPart& part);

}  // namespace tessera
