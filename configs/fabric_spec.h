// How a scenario wants its networks simulated: the model of each tier, and how traffic between
// nodes chooses among equal ways.
#pragma once

#include <cstdint>

#include "core/units.h"

namespace tessera {

// The network model of a tier.
enum class Fidelity : uint8_t {
  kFluid,     // Max-min fair sharing of links.
  kAnalytic,  // Latency and bandwidth of each transfer alone; links bound whole schedules.
  kPacket,    // Packets through finite buffers: links with credits inside nodes, else by transport.
};

// Which of several equal ways between nodes traffic takes.
enum class FabricRouting : uint8_t {
  kDestinationModulo,  // One tree for each destination port.
  kEcmp,               // A hash for each queue pair.
  kSpray,              // All ways alike.
};

// Who slows senders down between nodes where Fidelity::kPacket is chosen.
enum class FabricTransport : uint8_t {
  kReceiverDriven,  // Pulls; full buffers trim.
  kLossless,        // Pauses.
  kDcqcn,           // Pauses, and senders that slow down when packets are marked.
};

struct FabricSpec {
  Fidelity scale_up = Fidelity::kFluid;
  Fidelity scale_out = Fidelity::kFluid;
  FabricRouting routing = FabricRouting::kDestinationModulo;
  int queue_pairs = 1;     // kEcmp: stripes of a message, each hashed on its own.
  uint64_t hash_seed = 0;  // kEcmp.
  // Traffic to another rail first goes to the chip of that rail in its own node (PXN).
  bool cross_rail_forwarding = false;
  FabricTransport transport = FabricTransport::kReceiverDriven;
  // Packets inside nodes: room of each virtual channel at the end of a link; 0: as much as the link
  // needs for its full rate.
  Bytes credit_buffer{};

  bool has_packets() const {
    return scale_up == Fidelity::kPacket || scale_out == Fidelity::kPacket;
  }
  friend bool operator==(const FabricSpec&, const FabricSpec&) = default;
};

}  // namespace tessera
