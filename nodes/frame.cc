#include "nodes/frame.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/crc32c.h"
#include "core/status_macros.h"
#include "nodes/wire.pb.h"

namespace tessera {
namespace {

constexpr uint32_t kMagic = 0x54535352;
constexpr uint32_t kVersion = 1;
constexpr uint32_t kByteOrder = 0x01020304;
constexpr size_t kLargestHeader = 1 << 16;

wire::FrameHeader NewHeader(const FrameContext& context, int sender) {
  wire::FrameHeader header;
  header.set_magic(kMagic);
  header.set_version(kVersion);
  header.set_byte_order(kByteOrder);
  header.set_run_id(context.run_id);
  header.set_sender(static_cast<uint32_t>(sender));
  return header;
}

EncodedFrame Finish(wire::FrameHeader& header, std::string payload) {
  header.set_crc(Crc32c(payload));
  return {.header = header.SerializeAsString(), .payload = std::move(payload)};
}

int64_t Picoseconds(Time time) { return time.time_since_epoch().count(); }

absl::Status Refused(absl::string_view why) { return absl::InvalidArgumentError(why); }

absl::Status CheckOrigin(const FrameContext& context, const wire::FrameHeader& header) {
  if (header.magic() != kMagic) return Refused("not a frame of this program");
  if (header.version() != kVersion) {
    return Refused(
        absl::StrCat("version ", header.version(), " of the protocol, this is ", kVersion));
  }
  if (header.byte_order() != kByteOrder) return Refused("another byte order");
  if (header.run_id() != context.run_id) {
    return Refused(absl::StrCat("it belongs to run ", header.run_id().substr(0, 32), ", this is ",
                                context.run_id));
  }
  if (header.sender() >= static_cast<uint32_t>(context.partitions)) {
    return Refused(absl::StrCat("from process ", header.sender(), " of ", context.partitions));
  }
  return absl::OkStatus();
}

absl::Status CheckPayload(const wire::FrameHeader& header, absl::string_view payload) {
  const uint64_t size = header.kind() == wire::FrameHeader::WINDOW ? sizeof(Event) : 1;
  if (header.record_size() != size) {
    return Refused(absl::StrCat("records of ", header.record_size(), " bytes, expected ", size));
  }
  if (payload.size() % size != 0 || payload.size() / size != header.record_count()) {
    return Refused(
        absl::StrCat(payload.size(), " bytes for ", header.record_count(), " records of ", size));
  }
  if (Crc32c(payload) != header.crc()) return Refused("the checksum is wrong");
  return absl::OkStatus();
}

absl::StatusOr<WindowMessage> DecodeWindow(const FrameContext& context,
                                           const wire::FrameHeader& header,
                                           absl::string_view payload) {
  if (header.earliest_sent_size() != context.partitions) {
    return Refused(absl::StrCat(header.earliest_sent_size(), " bounds for ", context.partitions,
                                " processes"));
  }
  WindowMessage message{
      .window = header.window(), .stop = header.stop(), .next = Time(Duration(header.next()))};
  for (const int64_t at : header.earliest_sent()) {
    message.earliest_sent.push_back(Time(Duration(at)));
  }
  message.events.resize(header.record_count());
  if (!payload.empty()) std::memcpy(message.events.data(), payload.data(), payload.size());
  return message;
}

}  // namespace

EncodedFrame EncodeWindow(const FrameContext& context, int sender, const WindowMessage& message) {
  wire::FrameHeader header = NewHeader(context, sender);
  header.set_kind(wire::FrameHeader::WINDOW);
  header.set_record_size(sizeof(Event));
  header.set_record_count(message.events.size());
  header.set_window(message.window);
  header.set_stop(message.stop);
  header.set_next(Picoseconds(message.next));
  for (const Time at : message.earliest_sent) header.add_earliest_sent(Picoseconds(at));
  std::string payload(message.events.size() * sizeof(Event), '\0');
  if (!payload.empty()) std::memcpy(payload.data(), message.events.data(), payload.size());
  return Finish(header, std::move(payload));
}

EncodedFrame EncodeBytes(const FrameContext& context, int sender, FrameKind kind,
                         absl::string_view bytes) {
  wire::FrameHeader header = NewHeader(context, sender);
  header.set_kind(static_cast<wire::FrameHeader::Kind>(kind));
  header.set_record_size(1);
  header.set_record_count(bytes.size());
  return Finish(header, std::string(bytes));
}

absl::StatusOr<Frame> DecodeFrame(const FrameContext& context, absl::string_view header_bytes,
                                  absl::string_view payload) {
  wire::FrameHeader header;
  if (header_bytes.size() > kLargestHeader ||
      !header.ParseFromArray(header_bytes.data(), static_cast<int>(header_bytes.size()))) {
    return Refused("not a frame of this program");
  }
  TESSERA_RETURN_IF_ERROR(CheckOrigin(context, header));
  if (!wire::FrameHeader::Kind_IsValid(header.kind())) {
    return Refused(absl::StrCat("unknown kind ", static_cast<int>(header.kind())));
  }
  TESSERA_RETURN_IF_ERROR(CheckPayload(header, payload));
  Frame frame{.kind = static_cast<FrameKind>(header.kind()),
              .sender = static_cast<int>(header.sender())};
  if (frame.kind == FrameKind::kWindow) {
    TESSERA_ASSIGN_OR_RETURN(frame.window, DecodeWindow(context, header, payload));
  } else {
    frame.bytes = std::string(payload);
  }
  return frame;
}

}  // namespace tessera
