#include "fabric/packet/packet_record.h"

#include "core/byte_codec.h"
#include "core/status_macros.h"

namespace tessera {

std::string Pack(const PacketRecord& record) {
  ByteWriter to;
  to.WriteAll<Time>(record.arrivals);
  to.WriteAll<Time>(record.known);
  to.WriteAll<PacketLinkUse>(record.links);
  to.WriteText(record.unfinished);
  to.Write(record.events);
  to.Write(record.load);
  return to.Take();
}

absl::StatusOr<PacketRecord> UnpackPacketRecord(absl::string_view bytes) {
  ByteReader from(bytes);
  PacketRecord record;
  TESSERA_RETURN_IF_ERROR(from.ReadAll(record.arrivals));
  TESSERA_RETURN_IF_ERROR(from.ReadAll(record.known));
  TESSERA_RETURN_IF_ERROR(from.ReadAll(record.links));
  TESSERA_RETURN_IF_ERROR(from.ReadText(record.unfinished));
  TESSERA_RETURN_IF_ERROR(from.Read(record.events));
  TESSERA_RETURN_IF_ERROR(from.Read(record.load));
  return record;
}

}  // namespace tessera
