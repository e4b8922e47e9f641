// What one partition has seen of an exchange of packets, as bytes for partition 0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/units.h"
#include "fabric/packet/packet_exchange.h"

namespace tessera {

// Of messages to here and from here, in their order, and of links whose sender is here.
struct PacketRecord {
  std::vector<Time> arrivals{};
  std::vector<Time> known{};
  std::vector<PacketLinkUse> links{};
  std::string unfinished{};
  int64_t events = 0;
  PacketPartLoad load{};
};

std::string Pack(const PacketRecord& record);
// Errors: the bytes are cut off.
absl::StatusOr<PacketRecord> UnpackPacketRecord(absl::string_view bytes);

}  // namespace tessera
